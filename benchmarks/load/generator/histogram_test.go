// Percentiles against the durations themselves.
package main

import (
	"math/rand"
	"sort"
	"testing"
	"time"
)

func TestPercentilesAreWithinATenthOfAPercent(t *testing.T) {
	chance := rand.New(rand.NewSource(1))
	var histogram Histogram
	durations := make([]time.Duration, 20_000)
	for number := range durations {
		durations[number] = time.Duration(1) << chance.Intn(34)
		durations[number] += time.Duration(chance.Int63n(int64(durations[number])))
		histogram.Add(durations[number])
	}

	sort.Slice(durations, func(a, b int) bool { return durations[a] < durations[b] })

	for _, percent := range []float64{1, 50, 95, 99, 99.9, 100} {
		exact := durations[int(percent/100*float64(len(durations)))-1]
		found := histogram.Percentile(percent)
		if found < exact || float64(found) > 1.001*float64(exact) {
			t.Errorf("%v percent are within %v, not %v", percent, exact, found)
		}
	}
}

func TestDurationsTooLongToTellApartAreKeptAsTheLongest(t *testing.T) {
	var histogram Histogram

	histogram.Add(time.Hour)

	if found := histogram.Percentile(50); found > time.Hour || histogram.max != time.Hour {
		t.Errorf("found %v and %v", found, histogram.max)
	}
}
