package load

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/assay-id/assay/scenarios/measure/gate"
)

// HitFormats lists the encodings of vegeta that [NewHits] knows.
func HitFormats() []string { return []string{"gob", "json", "csv"} }

// Hits writes every counted request in an encoding of vegeta, whose commands
// report, plot and encode read it. The time of a request is its intended start
// and its latency counts from there, so they show what a stalled service does.
// The name of its attack is that of its case. Bodies, header fields and queries
// are left out.
type Hits struct {
	out    *bufio.Writer
	encode vegeta.Encoder
	err    error // the first
}

// NewHits returns a Hits that writes to w in one of [HitFormats]. The error is a
// [gate.ErrUsage].
func NewHits(w io.Writer, format string) (*Hits, error) {
	if !slices.Contains(HitFormats(), format) {
		return nil, gate.Usage("format of hits is %q, want one of %q", format, HitFormats())
	}
	h := &Hits{out: bufio.NewWriterSize(w, 1<<20)}
	switch format {
	case "gob":
		h.encode = vegeta.NewEncoder(h.out)
	case "json":
		h.encode = vegeta.NewJSONEncoder(h.out)
	case "csv":
		h.encode = vegeta.NewCSVEncoder(h.out)
	}
	return h, nil
}

// add writes got, a request of the named case. A nil Hits writes nothing. What may have a token, such as
// the query of a URL and an error that repeats it, is left out.
func (h *Hits) add(name string, start time.Time, got hit, result *vegeta.Result) {
	if h == nil || h.err != nil {
		return
	}
	url, _, _ := strings.Cut(result.URL, "#")
	url, _, _ = strings.Cut(url, "?")
	failure := result.Error
	if result.Code == 0 {
		failure = got.failure
	}
	h.err = h.encode.Encode(&vegeta.Result{
		Attack: name, Seq: got.number, Code: result.Code, Error: failure,
		Timestamp: start.Add(got.intended), Latency: got.ended - got.intended,
		BytesOut: result.BytesOut, BytesIn: result.BytesIn, Method: result.Method, URL: url,
	})
}

// Close writes what is left and returns the first error. It does not close the
// underlying writer.
func (h *Hits) Close() error {
	if h.err != nil {
		return h.err
	}
	return h.out.Flush()
}
