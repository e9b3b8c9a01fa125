package reports

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
)

// The lines around a part. What is between them is a header of two lines, its
// length in bytes and its SHA-256, and then the compressed recording in base64.
const (
	packBegin  = "-----BEGIN ASSAY PART-----"
	packEnd    = "-----END ASSAY PART-----"
	packLength = "length: "
	packSum    = "sha256: "
	packWidth  = 76 // of a line of base64, as in RFC 2045, 6.8
)

// The limits of what is unpacked, in bytes. The whole catalogue with all its
// evidence is 8 MiB, and a fifteenth of that when packed.
const (
	maxPacked   = 64 << 20
	maxUnpacked = 256 << 20
	maxPackLine = 4 << 10
)

// Pack is a [Handler] that writes the recording of one part of a distributed
// run or load as lines of text between marks, so that it survives a log that has
// other lines too. It is written at once, by Close. Progress, live samples
// and the starts of cases are left out. [Unpack] reads it.
type Pack struct {
	w      io.Writer
	packed bytes.Buffer
	zip    *gzip.Writer
	stream *Writer
}

// NewPack returns a Pack to w.
func NewPack(w io.Writer) *Pack {
	p := &Pack{w: w}
	p.zip = gzip.NewWriter(&p.packed)
	p.stream = NewWriter(p.zip)
	return p
}

// Handle adds r.
func (p *Pack) Handle(r Record) error {
	if r.Kind == KindProgress || r.Kind == KindStart || r.Kind == KindSample && !r.Sample.Final {
		return nil
	}
	return p.stream.Handle(r)
}

// Close writes the part. Without a footer it is incomplete, and its readers
// notice.
func (p *Pack) Close() error {
	if err := errors.Join(p.stream.Close(), p.zip.Close()); err != nil {
		return err
	}
	var text bytes.Buffer
	sum := sha256.Sum256(p.packed.Bytes())
	fmt.Fprintf(&text, "%s\n%s%d\n%s%x\n\n", packBegin, packLength, p.packed.Len(), packSum, sum)
	for code := base64.StdEncoding.EncodeToString(p.packed.Bytes()); code != ""; {
		n := min(packWidth, len(code))
		text.WriteString(code[:n] + "\n")
		code = code[n:]
	}
	text.WriteString(packEnd + "\n")
	_, err := p.w.Write(text.Bytes())
	return err
}

// Stream is the recording of one run or load, not read yet.
type Stream struct {
	Name string // what messages call it: a file, and a line if it has several
	open func() (io.Reader, error)
}

// Records returns the records of s, as [Read] does.
func (s Stream) Records() iter.Seq2[Record, error] {
	r, err := s.open()
	if err != nil {
		return func(yield func(Record, error) bool) { yield(Record{}, err) }
	}
	return Read(r)
}

// Streams returns the recordings in r: the JSON lines of one, or any number of
// parts between their marks. name is what messages call it. The error, if
// something is wrong with a part, has its line.
func Streams(name string, r io.Reader) ([]Stream, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if first, err := in.Peek(1); err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	} else if string(first) == "{" {
		return []Stream{{Name: name, open: func() (io.Reader, error) { return in, nil }}}, nil
	}
	u := unpacker{in: in, left: maxPacked}
	var all []Stream
	for {
		line, err := u.next()
		if err == io.EOF {
			break
		}
		place := fmt.Sprintf("%s:%d", name, u.line)
		if err == nil && line == packBegin {
			var packed []byte
			packed, err = u.part()
			all = append(all, Stream{Name: place, open: func() (io.Reader, error) {
				zip, err := gzip.NewReader(bytes.NewReader(packed))
				return &limited{zip, maxUnpacked}, err
			}})
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
	}
	switch len(all) {
	case 0:
		return nil, fmt.Errorf("%s: neither JSON lines nor a part: no line is %s", name, packBegin)
	case 1:
		all[0].Name = name
	}
	return all, nil
}

// limited is like an [io.LimitedReader], but its end is an error.
type limited struct {
	r    io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, fmt.Errorf("it unpacks to more than %d bytes", maxUnpacked)
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// unpacker reads the lines of a text with parts.
type unpacker struct {
	in   *bufio.Reader
	line int // the number of the last line
	left int // how many bytes may still be read
}

// next returns the next line without its end. What is longer than any line of a
// part is cut.
func (u *unpacker) next() (string, error) {
	var line []byte
	for {
		piece, err := u.in.ReadSlice('\n')
		if u.left -= len(piece); u.left < 0 {
			return "", fmt.Errorf("more than %d bytes, no set of parts is", maxPacked)
		}
		line = append(line, piece[:min(len(piece), maxPackLine-len(line))]...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) > 0:
			err = nil
		case err != nil:
			return "", err
		}
		u.line++
		return strings.TrimRight(string(line), "\r\n"), nil
	}
}

// part reads a part after its first mark.
func (u *unpacker) part() ([]byte, error) {
	var lines []string
	for {
		line, err := u.next()
		if err == io.EOF || err == nil && line == packBegin {
			return nil, errors.New("the part that begins here has no end: it is cut off")
		} else if err != nil {
			return nil, err
		}
		if line == packEnd {
			break
		}
		lines = append(lines, line)
	}
	if len(lines) < 3 || lines[2] != "" {
		return nil, errors.New("the part that begins here has no length and checksum")
	}
	packed, err := base64.StdEncoding.DecodeString(strings.Join(lines[3:], ""))
	if err != nil {
		return nil, fmt.Errorf("the part that begins here is damaged: %w", err)
	}
	if length := packLength + strconv.Itoa(len(packed)); lines[0] != length {
		return nil, fmt.Errorf("the part that begins here is damaged: its %s, and the first line says %q", length, Excerpt(lines[0], maxQuoted))
	}
	if sum := sha256.Sum256(packed); lines[1] != packSum+hex.EncodeToString(sum[:]) {
		return nil, errors.New("the part that begins here is damaged: its checksum is another one")
	}
	return packed, nil
}
