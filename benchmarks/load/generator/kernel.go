// The four calls the loop makes, without the runtime's scheduler in between: the process is one thread and one loop.
package main

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

// The same number on every architecture. Waits with nanoseconds, where epoll_wait rounds up to a millisecond.
const epollPwait2 = 441

const eventsMax = 256

const setTimerSlack = 29 // PR_SET_TIMERSLACK

// Poller waits for connections with something to read.
type Poller struct {
	descriptor int
	events     [eventsMax]syscall.EpollEvent
}

func NewPoller() (*Poller, error) {
	descriptor, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &Poller{descriptor: descriptor}, nil
}

// Watch reports the descriptor under this number from now on; closing the descriptor ends it.
func (p *Poller) Watch(descriptor, number int) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(number)}
	return syscall.EpollCtl(p.descriptor, syscall.EPOLL_CTL_ADD, descriptor, &event)
}

// Wait returns the events that are there, after at most `longest`.
func (p *Poller) Wait(longest time.Duration) ([]syscall.EpollEvent, error) {
	timeout := syscall.NsecToTimespec(int64(max(longest, 0)))
	count, _, err := syscall.RawSyscall6(
		epollPwait2, uintptr(p.descriptor), uintptr(unsafe.Pointer(&p.events[0])), eventsMax,
		uintptr(unsafe.Pointer(&timeout)), 0, 0,
	)
	switch err {
	case 0:
		return p.events[:count], nil
	case syscall.EINTR:
		return nil, nil
	case syscall.ENOSYS:
		return nil, fmt.Errorf("this kernel has no epoll_pwait2: the generator needs Linux 5.11 or later")
	}
	return nil, err
}

func read(descriptor int, into []byte) (int, syscall.Errno) {
	count, _, err := syscall.RawSyscall(
		syscall.SYS_READ, uintptr(descriptor), uintptr(unsafe.Pointer(&into[0])), uintptr(len(into)),
	)
	return int(count), err
}

// Like write, but a connection that is gone is an error and not a signal.
func write(descriptor int, from []byte) (int, syscall.Errno) {
	count, _, err := syscall.RawSyscall6(
		syscall.SYS_SENDTO, uintptr(descriptor), uintptr(unsafe.Pointer(&from[0])), uintptr(len(from)),
		syscall.MSG_NOSIGNAL, 0, 0,
	)
	return int(count), err
}

// wakeOnTime asks for timers to the nanosecond; by default the kernel may be 50 microseconds late, half of what lies
// between two requests at 10,000 a second.
func wakeOnTime() { _, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0) }

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func closeDescriptor(descriptor int) { _ = syscall.Close(descriptor) }
