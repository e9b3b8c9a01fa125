package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/verifier"
)

// forgedBatch returns a good token, a verifier for it, and the arguments of
// assay verify for it.
func forgedBatch(t testing.TB) (token string, v *verifier.Verifier, args []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys.json")
	var out bytes.Buffer
	if code := invoke(t.Context(), []string{"forge", "--jwks", file}, nil, &out, io.Discard, nil); code != exitOK {
		t.Fatalf("assay forge ends with %d", code)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := verifier.Static(data)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = verifier.New(verifier.Config{Issuer: forgedIssuer, Audience: []string{forgedClientID}, Keys: keys}); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String()), v, []string{"verify", "--issuer", forgedIssuer, "--client-id", forgedClientID, "--jwks", file}
}

// repeated reads the same line n times, and notes how much memory is in use
// halfway and at the end.
type repeated struct {
	line string
	left int // bytes
	at   int
	seen func(left int)
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.left)], r.line[r.at:])
	r.at = (r.at + n) % len(r.line)
	r.left -= n
	r.seen(r.left)
	return n, nil
}

// Memory does not grow with the number of tokens.
func TestVerifyTakesTheSameMemoryForAnyNumber(t *testing.T) {
	token, _, args := forgedBatch(t)
	n := 4000
	if longtest.Wanted() {
		n = 100_000
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	total := n * (len(token) + 1)
	input := &repeated{line: token + "\n", left: total, seen: func(left int) {
		switch {
		case early == 0 && left < total*9/10:
			early = heap()
		case late == 0 && left < total/10:
			late = heap()
		}
	}}
	var counted bytes.Buffer
	if code := invoke(t.Context(), args, input, io.Discard, &counted, nil); code != exitOK {
		t.Fatalf("exit code %d: %s", code, counted.String())
	}
	const slack = 1 << 20
	if late > early+slack {
		t.Errorf("%d bytes are in use after a tenth of the tokens, and %d bytes after nine tenths",
			early, late)
	}
	t.Log(strings.TrimSpace(counted.String()))
}

// Of a line that is longer than any token only the beginning is read, and how
// long it is remains unknown.
func TestVerifyDoesNotCountALongLine(t *testing.T) {
	t.Parallel()
	token, _, args := forgedBatch(t)
	var out bytes.Buffer
	code := invoke(t.Context(), args, strings.NewReader(strings.Repeat("a", 3<<20)+"\n"+token+"\n"), &out, io.Discard, nil)
	if want := "it has more than 32768 bytes\n2 accept "; code != exitNonconform || !strings.Contains(out.String(), want) {
		t.Errorf("exit code %d, want %d and %q:\n%s", code, exitNonconform, want, &out)
	}
}

// BenchmarkVerifyCommand compares the command with a loop over the library. The
// time is for one token.
func BenchmarkVerifyCommand(b *testing.B) {
	token, v, _ := forgedBatch(b)
	b.Run("loop", func(b *testing.B) {
		for b.Loop() {
			if _, err := v.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lines", func(b *testing.B) {
		input := &repeated{line: token + "\n", left: b.N * (len(token) + 1), seen: func(int) {}}
		lines := batch{verifier: v, out: bufio.NewWriter(io.Discard)}
		if err := lines.run(b.Context(), bufio.NewReaderSize(input, 64<<10)); err != nil {
			b.Fatal(err)
		}
		if lines.accepted != uint64(b.N) {
			b.Fatalf("%d of %d tokens are accepted", lines.accepted, b.N)
		}
	})
}
