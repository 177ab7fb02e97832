// Answers in pieces of every size, and answers that are none.
package main

import "testing"

const good = "HTTP/1.1 200 OK\r\nX-Request-Id: a\r\ncontent-LENGTH: 12\r\n\r\n{\"user\":\"a\"}"

func take(answer *Answer, piece string) (bool, string) {
	copy(answer.Free(), piece)
	return answer.Took(len(piece))
}

func TestAnAnswerIsWholeWithItsLastByteWhereverItIsCut(t *testing.T) {
	for cut := 1; cut < len(good); cut++ {
		var answer Answer
		if whole, wrong := take(&answer, good[:cut]); whole || wrong != "" {
			t.Fatalf("cut at %d: %v %q", cut, whole, wrong)
		}
		if whole, wrong := take(&answer, good[cut:]); !whole || wrong != "" {
			t.Fatalf("cut at %d, then whole: %v %q", cut, whole, wrong)
		}
		if !answer.IsOK() || string(answer.Body()) != `{"user":"a"}` {
			t.Fatalf("cut at %d: %s %s", cut, answer.Status(), answer.Body())
		}
	}
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	for text, why := range map[string]string{
		good + "x": "longer than its Content-Length",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n": "malformed",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n":         "malformed",
		"SSH-2.0\r\nContent-Length: 0\r\n\r\n":                  "malformed",
	} {
		var answer Answer
		if whole, wrong := take(&answer, text); whole || wrong != why {
			t.Errorf("%q: %v %q", text, whole, wrong)
		}
	}
}
