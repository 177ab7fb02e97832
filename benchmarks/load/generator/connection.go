// One kept-alive connection: at most one request under way, the others wait their turn with their intended times.
package main

import (
	"fmt"
	"syscall"
	"time"
)

// Connection sends requests number `first`, `first + stride`, `first + 2*stride` and so on.
type Connection struct {
	descriptor int
	due        int // requests whose time has come, sent ones included
	sent       int
	busy       bool
	intended   time.Duration // of the request under way; times count from the start of the run
	sentAt     time.Duration
	step       *Step
	answer     Answer
}

// Connect opens a connection to a port of this machine, and to nothing else.
func Connect(port int) (int, error) {
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := syscall.Connect(descriptor, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		syscall.Close(descriptor)
		return -1, fmt.Errorf("connecting to 127.0.0.1:%d: %w", port, err)
	}
	if err := syscall.SetsockoptInt(descriptor, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return -1, err
	}
	return descriptor, syscall.SetNonblock(descriptor, true)
}

// Send puts a request on the wire. It fails unless all of it fits into the socket's buffer, which is empty then.
func (c *Connection) Send(step *Step, intended, now time.Duration) bool {
	c.step, c.intended, c.sentAt, c.busy = step, intended, now, true
	c.sent++
	c.answer.Reset()
	count, err := write(c.descriptor, step.wire)
	return err == 0 && count == len(step.wire)
}

// Receive reads what is there: whether the answer is whole, and what went wrong, if anything.
func (c *Connection) Receive() (whole bool, wrong string) {
	count, err := read(c.descriptor, c.answer.Free())
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return false, ""
	case err != 0:
		return false, "reset"
	case count == 0:
		return false, "closed"
	case !c.busy:
		return false, "answer without a request"
	}
	return c.answer.Took(count)
}
