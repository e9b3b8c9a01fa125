package reports

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxValue is the most runes of one value of a token that a detail shows: more
// than a screen line, less than a screen.
const maxValue = 160

// member is one member of a JOSE Header or a JWT Claims Set: its name and its
// value as compact JSON, both as written. Malformed tokens repeat members, so a
// set of members is a list.
type member struct{ name, value string }

// TokenDetails compares the baseline token with the one presented, part by
// part. Either may be nil. The details hold the presented token itself, with
// [RoleWire], if it is in after.
func TokenDetails(before, after *Token) []Detail {
	if before == nil && after == nil {
		return nil
	}
	if after == nil {
		after = before
	}
	if before == nil {
		before = after
	}
	d := partDetails("header", before.Header, after.Header)
	d = append(d, partDetails("payload", before.Payload, after.Payload)...)
	if before.Header == after.Header && before.Payload == after.Payload {
		// A signature over a different text differs anyway, which says nothing.
		d = append(d, textDetails("sig", before.Signature, after.Signature)...)
	}
	if after.Bytes > MaxTokenText {
		d = append(d, Detail{
			Role: RoleToken, Label: "size",
			Text: FormatCount(uint64(after.Bytes)) + " bytes; the texts above are cut",
		})
	}
	if after.Compact != "" {
		d = append(d, Detail{
			Role: RoleWire, Label: "wire", Text: Escape(after.Compact), Context: true,
		})
	}
	return d
}

// partDetails compares member by member if both texts are JSON objects that
// differ in their members, and otherwise the texts as a whole.
func partDetails(label, before, after string) []Detail {
	from, okFrom := members(before)
	to, okTo := members(after)
	if !okFrom || !okTo {
		return textDetails(label, before, after)
	}
	d := memberDetails(label, from, to)
	if before != after && !anyMarked(d) {
		return textDetails(label, before, after)
	}
	return d
}

func anyMarked(d []Detail) bool {
	for _, x := range d {
		if x.Mark != MarkNone {
			return true
		}
	}
	return false
}

// memberDetails lists the members of to in their order, each changed one below
// the value it had in from, and then those that only from has.
func memberDetails(label string, from, to []member) []Detail {
	rest := make(map[string][]string)
	for _, m := range from {
		rest[m.name] = append(rest[m.name], m.value)
	}
	width := 0
	for _, m := range append(from[:len(from):len(from)], to...) {
		width = max(width, utf8.RuneCountInString(Escape(m.name)))
	}
	line := func(mark Mark, m member, shown string) Detail {
		name := Escape(m.name)
		name += strings.Repeat(" ", width-utf8.RuneCountInString(name))
		return Detail{
			Role: RoleToken, Label: label, Mark: mark, Context: mark == MarkNone,
			Text: name + "  " + shown, Note: numericDate(m),
		}
	}
	var d []Detail
	for _, m := range to {
		was := rest[m.name]
		switch {
		case len(was) == 0:
			d = append(d, line(MarkAdded, m, clip(m.value, 0)))
			continue
		case was[0] == m.value:
			d = append(d, line(MarkNone, m, clip(m.value, 0)))
		default:
			at := commonPrefix(was[0], m.value)
			d = append(d, line(MarkRemoved, member{m.name, was[0]}, clip(was[0], at)))
			d = append(d, line(MarkAdded, m, clip(m.value, at)))
		}
		rest[m.name] = was[1:]
	}
	for _, m := range from {
		if was := rest[m.name]; len(was) > 0 {
			d = append(d, line(MarkRemoved, member{m.name, was[0]}, clip(was[0], 0)))
			rest[m.name] = was[1:]
		}
	}
	return d
}

// textDetails compares two texts that have no members.
func textDetails(label, before, after string) []Detail {
	if before == after {
		if after == "" {
			return nil
		}
		return []Detail{{Role: RoleToken, Label: label, Text: clip(after, 0), Context: true}}
	}
	at := commonPrefix(before, after)
	return []Detail{
		{Role: RoleToken, Label: label, Mark: MarkRemoved, Text: orEmpty(clip(before, at))},
		{Role: RoleToken, Label: label, Mark: MarkAdded, Text: orEmpty(clip(after, at))},
	}
}

func orEmpty(s string) string {
	if s == "" {
		return "(empty)"
	}
	return s
}

// members reads a JSON object leniently: members may repeat and strings may
// hold bytes that are not UTF-8, since it is used on malformed tokens.
func members(text string) ([]member, bool) {
	dec := jsontext.NewDecoder(strings.NewReader(text),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != jsontext.KindBeginObject {
		return nil, false
	}
	var ms []member
	for dec.PeekKind() != jsontext.KindEndObject {
		tok, err := dec.ReadToken()
		if err != nil {
			return nil, false
		}
		name := tok.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, false
		}
		value = value.Clone()
		if err := value.Compact(); err != nil {
			return nil, false
		}
		ms = append(ms, member{name, string(value)})
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, false
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, false
	}
	return ms, true
}

// numericDate returns the date that a NumericDate claim stands for, in UTC.
// RFC 7519, 2 and OIDC Core 1.0, 2.
func numericDate(m member) string {
	switch m.name {
	case "exp", "iat", "nbf", "auth_time", "updated_at":
	default:
		return ""
	}
	seconds, err := strconv.ParseFloat(m.value, 64)
	if err != nil || seconds < 0 || seconds >= 253402300800 { // the year 10000
		return ""
	}
	return time.Unix(int64(seconds), 0).UTC().Format("2006-01-02 15:04:05 UTC")
}

// commonPrefix returns how many bytes a and b share at their beginning.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// clip escapes s and cuts it to maxValue runes around byte offset at, so that
// the first difference of two long values is visible.
func clip(s string, at int) string {
	const lead = 40 // runes kept before the difference
	start := 0
	if utf8.RuneCountInString(s) > maxValue && at > lead {
		start = min(at, len(s)) - lead
		for start > 0 && !utf8.RuneStart(s[start]) {
			start--
		}
	}
	runes, end := 0, start
	for end < len(s) && runes < maxValue {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
		runes++
	}
	shown := Escape(s[start:end])
	if start > 0 {
		shown = "…" + shown
	}
	if end < len(s) {
		shown += "…"
	}
	if start > 0 || end < len(s) {
		shown += fmt.Sprintf(" (%s bytes)", FormatCount(uint64(len(s))))
	}
	return shown
}
