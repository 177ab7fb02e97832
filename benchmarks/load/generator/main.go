// Sends HTTP/1.1 requests to a port of this machine at a constant rate and reports how the answers came.
//
// Open loop: request k is due at k/rate after the start, connections take turns, and latency counts from when a request
// was due, not from when it could be sent. So a server that stalls is charged for every request that came due meanwhile.
// With -rate 0 each connection sends its next request when the answer to the last has come.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

const (
	connectionsMax = 4096
	rateMax        = 200_000
	lastsMax       = 10 * time.Minute
)

// Report is what goes to standard output, as one JSON object. Times are milliseconds.
type Report struct {
	Answered  int            `json:"answered"`
	RatePerS  float64        `json:"rate_per_s"`
	Bytes     int            `json:"bytes"`
	Latency   Summary        `json:"latency_ms"`
	Service   Summary        `json:"service_ms"`
	Lateness  Summary        `json:"lateness_ms"`
	Queued    int            `json:"queued"`
	Statuses  map[string]int `json:"statuses"`
	Wrongs    map[string]int `json:"errors"`
	Unsettled map[string]int `json:"errors_while_settling"`
	Samples   []Sample       `json:"samples"`
	CPUS      float64        `json:"cpu_s"`
	TookS     float64        `json:"took_s"`
	TotalSent int            `json:"sent_in_all"`
}

func main() {
	settings := Settings{}
	plan := flag.String("plan", "", "file of requests, one JSON object a line")
	flag.IntVar(&settings.port, "port", 0, "port of 127.0.0.1 to send to")
	flag.IntVar(&settings.connections, "connections", 64, "connections, kept alive")
	flag.Float64Var(&settings.rate, "rate", 0, "requests a second over all connections; 0: as fast as answers come")
	flag.DurationVar(&settings.settle, "settle", time.Second, "time at the start that is not counted")
	flag.DurationVar(&settings.lasts, "for", 10*time.Second, "time that is counted")
	flag.Parse()
	report, err := measure(settings, *plan)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		os.Exit(1)
	}
}

func measure(settings Settings, plan string) (*Report, error) {
	if settings.connections < 1 || settings.connections > connectionsMax {
		return nil, fmt.Errorf("%d connections: ask for 1 to %d", settings.connections, connectionsMax)
	}
	if settings.rate < 0 || settings.rate > rateMax || settings.settle < 0 || settings.lasts > lastsMax {
		return nil, fmt.Errorf("at most %d requests a second, for at most %v", rateMax, lastsMax)
	}
	steps, err := ReadPlan(plan)
	if err != nil {
		return nil, err
	}
	if err := allowDescriptors(settings.connections + 64); err != nil {
		return nil, err
	}
	// One thread that is never interrupted: nothing here makes garbage worth collecting.
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	wakeOnTime()
	run := &Run{Settings: settings, plan: steps}
	cpu := cpuTime()
	if err := run.Do(); err != nil {
		return nil, err
	}
	sent := 0
	for number := range run.connections {
		sent += run.connections[number].sent
	}
	return &Report{
		Answered: run.answered, RatePerS: float64(run.inTime) / settings.lasts.Seconds(), Bytes: run.bytes,
		Latency: run.latency.Summary(), Service: run.service.Summary(), Lateness: run.lateness.Summary(),
		Queued: run.queued, Statuses: run.statuses, Wrongs: run.wrongs, Unsettled: run.unsettled,
		Samples: run.samples, CPUS: (cpuTime() - cpu).Seconds(), TookS: time.Since(run.began).Seconds(), TotalSent: sent,
	}, nil
}

func allowDescriptors(count int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Max < uint64(count) {
		return fmt.Errorf("%d open files are allowed and %d are needed: raise it with ulimit -n", limit.Max, count)
	}
	limit.Cur = max(limit.Cur, uint64(count))
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}
