package fault

import (
	"bytes"
	"context"
	"net/http"
	"strings"
)

// defaultBomb is the size that a gzip bomb inflates to, 1 GiB: far above any limit
// that a client may have for a JWK Set, and still harmless to a client
// without a limit.
const defaultBomb = 1 << 30

// block is how much is written, or inflated, at a time.
const block = 1 << 20

// floodStart opens a JWK Set, and floodKey is a key of an unknown type. Any
// number of them makes a valid beginning.
const (
	floodStart = `{"keys":[`
	floodKey   = `{"kty":"FOO","kid":"snk_00000000000000000"},`
)

// oversized sends an endless list of keys.
func (i *Injection) oversized(ctx context.Context, w http.ResponseWriter) {
	a := i.fault.Attributes
	w.Header().Set("Content-Type", a.contentType())
	start := a.Body
	if start == nil {
		start = []byte(floodStart)
	}
	left := a.Bytes
	send := func(p []byte) bool {
		if a.Bytes > 0 && int64(len(p)) >= left {
			p = p[:left]
		}
		_, err := w.Write(p)
		left -= int64(len(p))
		return err == nil && ctx.Err() == nil && (a.Bytes == 0 || left > 0)
	}
	if !send(start) {
		return
	}
	keys := []byte(strings.Repeat(floodKey, block/len(floodKey)))
	for send(keys) {
	}
}

// gzipBomb sends a gzip file of many members, each of which inflates to a
// block of spaces. RFC 1952, 2.2 allows any number of members, so that a
// gigabyte costs one compression.
func (i *Injection) gzipBomb(ctx context.Context, w http.ResponseWriter) {
	a := i.fault.Attributes
	total := a.Bytes
	if total == 0 {
		total = defaultBomb
	}
	h := w.Header()
	h.Set("Content-Type", a.contentType())
	h.Set("Content-Encoding", "gzip")

	first := spaces(min(total, block))
	copy(first, floodStart)
	left := total - int64(len(first))
	_, err := w.Write(compress(first))
	whole := compress(spaces(block))
	for err == nil && ctx.Err() == nil && left >= block {
		_, err = w.Write(whole)
		left -= block
	}
	// Less than a block, unless the client has left: the rest of a gigabyte must
	// not be made for nobody.
	if err == nil && ctx.Err() == nil && left > 0 {
		_, _ = w.Write(compress(spaces(left)))
	}
}

func spaces(n int64) []byte {
	return bytes.Repeat([]byte{' '}, int(n))
}
