package fault

// Kind is a way to go wrong.
type Kind string

// The kinds of fault. Where the comment mentions the genuine answer, the
// endpoint does its work first, so that a refresh token, for instance, is
// used up, and its answer is spoiled, unless Attributes has a Body to spoil
// instead.
const (
	// Status answers with Status, and RetryAfter, Header, Body and
	// ContentType if set.
	Status Kind = "status"

	// Delay gives the genuine answer after Attributes.Delay. With any other
	// kind the same attribute delays that fault.
	Delay Kind = "delay"

	// Hang reads the request and never answers.
	Hang Kind = "hang"

	// Body answers 200, or Status, with the planted Body.
	Body Kind = "body"

	// Redirect answers 302, or Status, to Location. An empty Location means
	// the same URL again, a loop.
	Redirect Kind = "redirect"

	// Close reads the request and closes the connection without an answer.
	Close Kind = "close"

	// Lost is Close after the endpoint has done its work.
	Lost Kind = "lost"

	// Stale gives the genuine answer, and closes the connection without an
	// answer when the next request arrives on it. RFC 9112, 9.3.1 expects
	// clients to cope.
	Stale Kind = "stale"

	// Truncated declares the whole length of the genuine answer, sends half
	// of it and closes the connection.
	Truncated Kind = "truncated"

	// TruncatedChunked sends the whole genuine answer in chunks, and closes
	// the connection instead of sending the last chunk.
	TruncatedChunked Kind = "truncated-chunked"

	// Reset sends half of the genuine answer and resets the connection (TCP
	// RST).
	Reset Kind = "reset"

	// Drip sends the genuine answer one byte per Interval (default 1 s).
	Drip Kind = "drip"

	// SlowHeaders sends the header of the genuine answer one byte per
	// Interval (default 1 s).
	SlowHeaders Kind = "slow-headers"

	// Interim sends 103 (Early Hints) endlessly, one per Interval (default 1
	// ms).
	Interim Kind = "interim"

	// HugeHeaders gives the genuine answer with an additional header field of
	// Bytes bytes (default 10 MiB).
	HugeHeaders Kind = "huge-headers"

	// Oversized starts like a JWK Set and continues forever, or until Bytes
	// bytes were sent. Body replaces the start.
	Oversized Kind = "oversized"

	// Gzip compresses the genuine answer correctly, whether the client asked
	// for it or not.
	Gzip Kind = "gzip"

	// CorruptGzip is Gzip with a wrong checksum. RFC 1952, 2.3.1.
	CorruptGzip Kind = "gzip-corrupt"

	// GzipBomb answers with a short gzip body that inflates to Bytes bytes
	// of JSON (default 1 GiB).
	GzipBomb Kind = "gzip-bomb"

	// Garbage answers with bytes that are not HTTP: Body, or the greeting
	// of an SSH server.
	Garbage Kind = "garbage"

	// Header gives the genuine answer with the fields of Attributes.Header
	// instead of its own. A field without values is left out.
	Header Kind = "header"

	// Edit changes members of the JSON object that the endpoint answers
	// with, as Attributes.Edit says. Names to be dropped may be missing. It
	// leaves answers other than 2xx as they are.
	Edit Kind = "edit"

	// Forge changes tokens as Attributes.Change says before they are issued:
	// those of Attributes.Token, or all. It strikes tokens, not requests, and
	// so Skip, Probability and Count are about tokens.
	Forge Kind = "forge"
)

// kinds returns every kind with the attributes that it takes in addition to
// delay and jitter, which only Forge does not take, and whether its answer
// lasts until the fault is removed. Other answers are finished even if the
// fault is removed while they are sent.
func kinds() []kind {
	return []kind{
		{name: Status, takes: []string{aStatus, aRetryAfter, aHeader, aBody, aContentType}},
		{name: Delay},
		{name: Hang, lasts: true},
		{name: Body, takes: []string{aStatus, aHeader, aBody, aContentType}},
		{name: Redirect, takes: []string{aStatus, aHeader, aLocation}},
		{name: Close},
		{name: Lost},
		{name: Stale},
		{name: Truncated, takes: []string{aBody, aContentType}},
		{name: TruncatedChunked, takes: []string{aBody, aContentType}},
		{name: Reset, takes: []string{aBody, aContentType}},
		{name: Drip, takes: []string{aBody, aContentType, aInterval}, lasts: true},
		{name: SlowHeaders, takes: []string{aBody, aContentType, aInterval}, lasts: true},
		{name: Interim, takes: []string{aInterval}, lasts: true},
		{name: HugeHeaders, takes: []string{aBody, aContentType, aBytes}},
		{name: Oversized, takes: []string{aBody, aContentType, aBytes}, lasts: true},
		{name: Gzip, takes: []string{aBody, aContentType}},
		{name: CorruptGzip, takes: []string{aBody, aContentType}},
		{name: GzipBomb, takes: []string{aContentType, aBytes}, lasts: true},
		{name: Garbage, takes: []string{aBody}},
		{name: Header, takes: []string{aHeader}},
		{name: Edit, takes: []string{aEdit}},
		{name: Forge, takes: []string{aToken, aChange}},
	}
}

type kind struct {
	name  Kind
	takes []string
	lasts bool
}

// find returns the row of a kind.
func (k Kind) find() (kind, bool) {
	for _, known := range kinds() {
		if known.name == k {
			return known, true
		}
	}
	return kind{}, false
}

// lasts reports whether an answer continues until the fault is removed.
func (k Kind) lasts() bool {
	known, _ := k.find()
	return known.lasts
}

// Kinds returns all kinds in the order in which they are documented.
func Kinds() []Kind {
	var names []Kind
	for _, known := range kinds() {
		names = append(names, known.name)
	}
	return names
}
