// Answers as they come in: when one is whole, and whether it is right.
package main

import (
	"bytes"
	"strconv"
)

const (
	bufferBytes = 32 << 10
	answerMax   = 1 << 20
)

// Answer collects the bytes of one answer. Only what has a Content-Length is understood: chunks are an error.
type Answer struct {
	buffer []byte
	filled int
	head   int // bytes up to the body; 0 while the head is not whole
	length int // of the body
}

// Free is where the next bytes go.
func (a *Answer) Free() []byte {
	if a.filled == len(a.buffer) {
		grown := make([]byte, max(bufferBytes, 2*len(a.buffer)))
		copy(grown, a.buffer)
		a.buffer = grown
	}
	return a.buffer[a.filled:]
}

// Took notes that so many bytes came. It says whether the answer is whole, and what is wrong with its form, if anything.
func (a *Answer) Took(count int) (whole bool, wrong string) {
	a.filled += count
	if a.head == 0 {
		end := bytes.Index(a.buffer[:a.filled], []byte("\r\n\r\n"))
		if end < 0 {
			return false, a.tooLong()
		}
		a.head = end + 4
		a.length = contentLength(a.buffer[:a.head])
		if a.length < 0 || !bytes.HasPrefix(a.buffer, []byte("HTTP/1.1 ")) {
			return false, "malformed"
		}
	}
	if a.filled > a.head+a.length {
		return false, "longer than its Content-Length"
	}
	return a.filled == a.head+a.length, a.tooLong()
}

func (a *Answer) tooLong() string {
	if a.filled > answerMax {
		return "too long"
	}
	return ""
}

// Status of a whole answer.
func (a *Answer) Status() string { return string(a.buffer[9:12]) }

func (a *Answer) IsOK() bool { return string(a.buffer[9:12]) == "200" }

func (a *Answer) Body() []byte { return a.buffer[a.head : a.head+a.length] }

func (a *Answer) Bytes() int { return a.filled }

// Reset makes room for the next one.
func (a *Answer) Reset() { a.filled, a.head, a.length = 0, 0, 0 }

// -1 where the head has none.
func contentLength(head []byte) int {
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\r\n"))
		name, value, found := bytes.Cut(line, []byte(":"))
		if found && len(name) == 14 && bytes.EqualFold(name, []byte("content-length")) {
			length, err := strconv.Atoi(string(bytes.TrimSpace(value)))
			if err != nil || length < 0 {
				return -1
			}
			return length
		}
	}
	return -1
}
