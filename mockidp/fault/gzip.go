package fault

import (
	"bytes"
	"compress/gzip"
)

// gzip compresses the body. A corrupt body ends with a wrong checksum.
func (a *answer) gzip(corrupt bool) {
	a.body = compress(a.body)
	if corrupt {
		// CRC32 is before the four bytes of the length: RFC 1952, 2.3.1.
		a.body[len(a.body)-8] ^= 0xff
	}
	a.header.Set("Content-Encoding", "gzip")
	a.header.Del("Content-Length")
	a.header.Del("ETag") // It belongs to other bytes.
}

func compress(p []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	// A bytes.Buffer does not fail.
	_, _ = z.Write(p)
	_ = z.Close()
	return out.Bytes()
}
