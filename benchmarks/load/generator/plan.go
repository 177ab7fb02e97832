// The plan: what to send, in turn, and what each answer must begin with.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

const planMax = 100_000

// Step is one request as it goes over the wire.
type Step struct {
	Request string `json:"request"`
	// Begins is the start of the only right body; empty for any.
	Begins string `json:"begins"`
	wire   []byte
	begins []byte
}

// ReadPlan reads a file of one JSON object a line. Request k of a run is step k modulo their number.
func ReadPlan(name string) ([]Step, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var steps []Step
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var step Step
		if err := json.Unmarshal(lines.Bytes(), &step); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, len(steps)+1, err)
		}
		step.wire, step.begins = []byte(step.Request), []byte(step.Begins)
		steps = append(steps, step)
		if len(steps) > planMax {
			return nil, fmt.Errorf("%s has more than %d steps", name, planMax)
		}
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("%s has no step", name)
	}
	return steps, lines.Err()
}
