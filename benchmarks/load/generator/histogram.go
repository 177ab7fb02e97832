// Counts of durations with an error below 0.1 % at every size, in a fixed amount of memory.
package main

import (
	"math/bits"
	"time"
)

// A duration falls into one of 1024 equal parts of its power of two (nanoseconds below 2048 have a part each).
const (
	partBits  = 10
	parts     = 1 << partBits
	powersMax = 27 // up to 2^37 ns, which is more than two minutes
)

type Histogram struct {
	counts [parts * (powersMax + 1)]uint64
	total  uint64
	sum    float64
	max    time.Duration
}

func (h *Histogram) Add(d time.Duration) {
	if d < 0 {
		d = 0
	}
	h.counts[part(d)]++
	h.total++
	h.sum += float64(d)
	if d > h.max {
		h.max = d
	}
}

func part(d time.Duration) int {
	power := bits.Len64(uint64(d)) - partBits - 1
	if power <= 0 {
		return int(d)
	}
	index := power*parts + int(uint64(d)>>power)
	return min(index, parts*(powersMax+1)-1)
}

// The longest duration that falls into a part.
func longest(index int) time.Duration {
	power := index/parts - 1
	if power <= 0 {
		return time.Duration(index)
	}
	return time.Duration((uint64(index-power*parts)+1)<<power - 1)
}

// Percentile: so many percent of the durations were at most this long.
func (h *Histogram) Percentile(percent float64) time.Duration {
	wanted := uint64(percent / 100 * float64(h.total))
	if float64(wanted) < percent/100*float64(h.total) {
		wanted++
	}
	var seen uint64
	for index, count := range h.counts {
		seen += count
		if count > 0 && seen >= wanted {
			return min(longest(index), h.max)
		}
	}
	return h.max
}

// Summary is what the report says of a histogram, in milliseconds.
type Summary struct {
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
}

func (h *Histogram) Summary() Summary {
	ms := func(d time.Duration) float64 { return float64(d) / 1e6 }
	mean := 0.0
	if h.total > 0 {
		mean = h.sum / float64(h.total) / 1e6
	}
	return Summary{
		ms(h.Percentile(50)), ms(h.Percentile(95)), ms(h.Percentile(99)), ms(h.Percentile(99.9)), ms(h.max), mean,
	}
}
