// One run: sends when it is time, whether or not earlier answers have come, and judges every answer.
package main

import (
	"bytes"
	"fmt"
	"time"
)

const (
	timeout      = 10 * time.Second // of one request, from when it was sent
	grace        = 5 * time.Second  // for what is under way when the run ends
	looksEvery   = 100 * time.Millisecond
	reopensMax   = 200
	samplesMax   = 200
	samplesEvery = 97 // prime, so that the samples walk through all steps
)

// Settings of a run.
type Settings struct {
	port        int
	connections int
	rate        float64       // requests a second over all connections; 0 sends as fast as answers come
	settle      time.Duration // at the start: sent and judged, but not counted
	lasts       time.Duration // after that
}

// Sample is a whole body, for a closer look by whoever started the run.
type Sample struct {
	Step int    `json:"step"`
	Body string `json:"body"`
}

type Run struct {
	Settings
	plan        []Step
	connections []Connection
	poller      *Poller
	began       time.Time

	latency   Histogram // from the intended time to the last byte
	service   Histogram // from the time it was sent
	lateness  Histogram // of the generator itself: sent after it was due, with a connection free
	queued    int       // due while their connection was busy
	answered  int       // right ones, counted
	inTime    int       // of these, before the run ended: what came later is no throughput
	bytes     int
	statuses  map[string]int
	wrongs    map[string]int
	unsettled map[string]int // what went wrong before counting began
	samples   []Sample
	seen      int
	reopened  int
}

// Do makes the whole run. An error means that there is nothing to report.
func (r *Run) Do() error {
	r.statuses, r.wrongs, r.unsettled = map[string]int{}, map[string]int{}, map[string]int{}
	r.samples = []Sample{}
	if err := r.open(); err != nil {
		return err
	}
	r.began = time.Now()
	ends := r.settle + r.lasts
	issued, looked := 0, time.Duration(0)
	for {
		now := time.Since(r.began)
		next := ends
		if r.rate > 0 {
			issued, next = r.issue(issued, now, ends)
		} else if now < ends {
			for number := range r.connections {
				if !r.connections[number].busy {
					r.send(number, now, now)
				}
			}
		}
		if now >= ends && (r.isDone() || now >= ends+grace) {
			break
		}
		if now-looked >= looksEvery {
			looked = now
			r.giveUpLateOnes(now)
		}
		if r.reopened > reopensMax {
			return fmt.Errorf("%d connections broke: %v", r.reopened, r.wrongs)
		}
		events, err := r.poller.Wait(min(max(next-now, 0), looksEvery))
		if err != nil {
			return err
		}
		for _, event := range events {
			r.receive(int(event.Fd))
		}
	}
	r.countUnanswered()
	return nil
}

func (r *Run) open() (err error) {
	if r.poller, err = NewPoller(); err != nil {
		return err
	}
	r.connections = make([]Connection, r.Settings.connections)
	for number := range r.connections {
		if err = r.openOne(number); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) openOne(number int) (err error) {
	connection := &r.connections[number]
	if connection.descriptor, err = Connect(r.port); err != nil {
		return err
	}
	return r.poller.Watch(connection.descriptor, number)
}

// intended is when request number k is to be sent: a constant rate, its connections taking turns.
func (r *Run) intended(k int) time.Duration {
	return time.Duration(float64(k) * float64(time.Second) / r.rate)
}

// issue makes requests due whose time has come, and sends those whose connection is free.
func (r *Run) issue(issued int, now, ends time.Duration) (int, time.Duration) {
	for {
		at := r.intended(issued)
		if at >= ends {
			return issued, ends
		}
		if at > now {
			return issued, at
		}
		number := issued % len(r.connections)
		connection := &r.connections[number]
		connection.due++
		issued++
		if connection.busy {
			if at >= r.settle {
				r.queued++
			}
			continue
		}
		now = time.Since(r.began)
		if at >= r.settle {
			r.lateness.Add(now - at)
		}
		r.send(number, at, now)
	}
}

func (r *Run) send(number int, intended, now time.Duration) {
	connection := &r.connections[number]
	k := connection.sent*len(r.connections) + number
	if !connection.Send(&r.plan[k%len(r.plan)], intended, now) {
		r.fail(number, "not sent")
	}
}

func (r *Run) receive(number int) {
	connection := &r.connections[number]
	whole, wrong := connection.Receive()
	if wrong != "" {
		r.fail(number, wrong)
		return
	}
	if !whole {
		return
	}
	now := time.Since(r.began)
	connection.busy = false
	r.judge(connection, now)
	// Closed loop: the next one leaves when the loop comes round. Open loop: one that is due already leaves now.
	if r.rate > 0 && connection.sent < connection.due {
		r.send(number, r.intended(connection.sent*len(r.connections)+number), now)
	}
}

func (r *Run) judge(connection *Connection, now time.Duration) {
	answer := &connection.answer
	counts := connection.intended >= r.settle
	if counts {
		r.statuses[answer.Status()]++
	}
	if !answer.IsOK() {
		r.wrong(counts, "status "+answer.Status())
		return
	}
	if !bytes.HasPrefix(answer.Body(), connection.step.begins) {
		r.wrong(counts, "body of something else")
		return
	}
	r.sample(connection)
	if counts {
		r.answered++
		if now < r.settle+r.lasts {
			r.inTime++
		}
		r.bytes += answer.Bytes()
		r.latency.Add(now - connection.intended)
		r.service.Add(now - connection.sentAt)
	}
}

func (r *Run) sample(connection *Connection) {
	r.seen++
	if r.seen%samplesEvery == 0 && len(r.samples) < samplesMax {
		step := 0
		for index := range r.plan {
			if &r.plan[index] == connection.step {
				step = index
			}
		}
		r.samples = append(r.samples, Sample{step, string(connection.answer.Body())})
	}
}

// fail counts the request under way, if there is one, as failed, and opens the connection anew.
func (r *Run) fail(number int, why string) {
	connection := &r.connections[number]
	r.wrong(connection.intended >= r.settle || !connection.busy, why)
	connection.busy = false
	closeDescriptor(connection.descriptor)
	r.reopened++
	if r.openOne(number) != nil {
		r.reopened = reopensMax + 1
	}
}

func (r *Run) wrong(counts bool, why string) {
	if counts {
		r.wrongs[why]++
	} else {
		r.unsettled[why]++
	}
}

func (r *Run) isDone() bool {
	for number := range r.connections {
		if r.connections[number].busy || r.connections[number].sent < r.connections[number].due {
			return false
		}
	}
	return true
}

func (r *Run) giveUpLateOnes(now time.Duration) {
	for number := range r.connections {
		if r.connections[number].busy && now-r.connections[number].sentAt > timeout {
			r.fail(number, "timeout")
		}
	}
}

func (r *Run) countUnanswered() {
	for number := range r.connections {
		connection := &r.connections[number]
		unanswered := max(connection.due-connection.sent, 0)
		if connection.busy {
			unanswered++
		}
		if unanswered > 0 {
			r.wrongs["unanswered"] += unanswered
		}
	}
}
