package fault_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp/fault"
)

func TestOversized(t *testing.T) {
	t.Parallel()
	const limit = 3<<20 + 17
	tests := []struct {
		name       string
		attributes fault.Attributes
		start      string
		length     int
	}{
		{"bounded", fault.Attributes{Bytes: limit}, `{"keys":[{"kty":"FOO"`, limit},
		{"shorter than its start", fault.Attributes{Bytes: 4}, `{"ke`, 4},
		{"own start", fault.Attributes{Bytes: 100, Body: []byte(`{"issuer":"`)}, `{"issuer":"`, 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, fault.Fault{ID: "big", Kind: fault.Oversized, Attributes: tt.attributes}, false)
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			_, body, err := e.get(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(body) != tt.length {
				t.Errorf("body has %d bytes, want %d", len(body), tt.length)
			}
			if !strings.HasPrefix(string(body), tt.start) {
				t.Errorf("body starts with %.40q, want %q", body, tt.start)
			}
		})
	}
}

func TestOversizedWithoutEnd(t *testing.T) {
	t.Parallel()
	e := start(t, fault.Fault{ID: "endless", Kind: fault.Oversized}, false)
	conn := dial(t, e)
	if _, err := io.WriteString(conn, "GET /keys HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	const enough = 16 << 20
	if n, err := io.CopyN(io.Discard, conn, enough); err != nil {
		t.Fatalf("the body ended after %d bytes: %v", n, err)
	}
}

func TestGzipBomb(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		bytes   int64
		want    int64
		atMost  int // bytes on the wire
		inflate bool
	}{
		{"small", 100, 100, 1000, true},
		{"odd", 5<<20 + 3, 5<<20 + 3, 20_000, true},
		{"default", 0, 1 << 30, 3 << 20, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, fault.Fault{ID: "bomb", Kind: fault.GzipBomb, Attributes: fault.Attributes{Bytes: tt.bytes}}, false)
			conn := dial(t, e)
			if _, err := io.WriteString(conn, "GET /keys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if got := response.Header.Get("Content-Encoding"); got != "gzip" {
				t.Errorf("Content-Encoding is %q, want gzip", got)
			}
			wire, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if len(wire) > tt.atMost {
				t.Errorf("%d bytes on the wire, want at most %d", len(wire), tt.atMost)
			}
			z, err := gzip.NewReader(bytes.NewReader(wire))
			if err != nil {
				t.Fatal(err)
			}
			if !tt.inflate {
				// A gigabyte takes seconds: look at a part of it.
				if _, err := io.CopyN(io.Discard, z, 64<<20); err != nil {
					t.Errorf("it inflates to less than 64 MiB: %v", err)
				}
				return
			}
			start := make([]byte, len(`{"keys":[`))
			if _, err := io.ReadFull(z, start); err != nil || string(start) != `{"keys":[` {
				t.Errorf("it starts with %q, %v", start, err)
			}
			rest, err := io.Copy(io.Discard, z)
			if err != nil {
				t.Fatal(err)
			}
			if got := rest + int64(len(start)); got != tt.want {
				t.Errorf("it inflates to %d bytes, want %d", got, tt.want)
			}
		})
	}
}
