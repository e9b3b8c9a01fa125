package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// TextOptions configure [Text]. The zero value prints the cases that did not
// pass, without colour and without progress.
type TextOptions struct {
	// Color adds colour. The words alone carry the meaning.
	Color bool

	// Verbose also prints passes and skips, one line each, and at the end what
	// each documented cause looks like and what to do about it.
	Verbose bool

	// Brief prints only the closing part: the failures in one line each, the
	// skips by reason and the totals, or the tables of times and costs of a
	// measurement.
	Brief bool

	// Quiet prints only the closing line.
	Quiet bool

	// Progress is where progress goes, at most one line a second. Nil drops
	// it. Progress does not belong into standard output.
	Progress io.Writer

	// Now is the clock that paces progress. Nil is time.Now.
	Now func() time.Time
}

// textWidth is where prose is wrapped. Values stay whole, also those in prose,
// so that they can be copied and searched.
const textWidth = 78

// Text renders a stream as append-only plain text: no box drawing, no cursor
// movement, one Write per record. It is a [Handler].
type Text struct {
	w       io.Writer
	opts    TextOptions
	buf     bytes.Buffer
	paint   painter
	summary Summary
	dense   bool      // whether the last line was one of a list
	shown   time.Time // when the last progress line was printed
	err     error
}

// NewText returns a Text that prints to w.
func NewText(w io.Writer, opts TextOptions) *Text {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Text{w: w, opts: opts, paint: painter(opts.Color)}
}

// Handle prints what is known about r so far.
func (t *Text) Handle(r Record) error {
	t.summary.Handle(r)
	switch {
	case r.Kind == KindProgress:
		t.progress(fmt.Sprintf("%d of %d  %s", r.Progress.Done, r.Progress.Total, Escape(r.Progress.Message)))
	case r.Kind == KindSample && !r.Sample.Final:
		t.progress(sampleProgress(r.Sample))
	case t.opts.Brief || t.opts.Quiet:
	case r.Kind == KindHeader:
		t.header(r.Header)
	case r.Kind == KindCase:
		t.printCase(r.Case)
	}
	return t.flush()
}

// Close prints the closing part, whose last line is [Summary.Line].
func (t *Text) Close() error {
	t.space()
	switch {
	case t.opts.Quiet:
	case t.summary.measured():
		t.measurements()
	default:
		if t.opts.Verbose {
			t.causes()
		}
		t.failures()
		t.otherReasons()
		t.skips()
		t.coverage()
		t.unused()
		t.stopped()
	}
	line := t.summary.Line()
	if t.summary.Green() {
		line = t.paint.good(line)
	} else {
		line = t.paint.bad(line)
	}
	t.line("%s", line)
	return t.flush()
}

func (t *Text) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	t.buf.WriteString(strings.TrimRight(text, " "))
	t.buf.WriteByte('\n')
}

func (t *Text) flush() error {
	if t.err == nil && t.buf.Len() > 0 {
		_, t.err = t.w.Write(t.buf.Bytes())
	}
	t.buf.Reset()
	return t.err
}

func (t *Text) progress(text string) {
	now := t.opts.Now()
	if t.opts.Progress == nil || now.Sub(t.shown) < time.Second {
		return
	}
	t.shown = now
	// Progress that cannot be shown is no reason to stop the rendering.
	_, _ = io.WriteString(t.opts.Progress, strings.TrimRight(text, " ")+"\n")
}

func (t *Text) header(h *Header) {
	impl := Escape(h.Implementation.Name)
	if h.Implementation.Version != "" {
		impl += " " + Escape(h.Implementation.Version)
	}
	parts := []string{fmt.Sprintf("%-5s %s", strings.ToUpper(Escape(h.Command)), impl)}
	if h.Policy != "" {
		parts = append(parts, "policy "+Escape(h.Policy))
	}
	if h.CatalogueVersion != "" {
		parts = append(parts, "catalogue "+Escape(h.CatalogueVersion))
	}
	if h.Seed != "" {
		parts = append(parts, "seed "+Escape(h.Seed))
	}
	t.line("%s", strings.Join(parts, ", "))
	t.line("      %s %s, %s/%s, %d CPUs, GOMAXPROCS %d, %s", Escape(h.Tool), Escape(h.ToolVersion),
		Escape(h.Host.OS), Escape(h.Host.Arch), h.Host.CPUs, h.Host.GOMAXPROCS, Escape(h.Host.Go))
	if setup := h.Implementation.Setup; setup != "" {
		t.headerProse("set-up: " + Escape(setup))
	}
	if f := h.PolicyFile; f != nil {
		t.headerProse("judged under " + Escape(f.String()))
	}
	t.line("")
}

// headerProse prints text under the first line of the header.
func (t *Text) headerProse(text string) {
	for _, line := range Wrap(text, textWidth-6) {
		t.line("      %s", line)
	}
}

func (t *Text) printCase(c *Case) {
	word := t.word(c.Outcome, 0)
	switch {
	case c.Outcome.Bad():
		t.space()
		t.line("%s %s   %s", word, Escape(c.ID), Escape(strings.TrimSpace(t.implementation()+" "+c.Policy)))
		t.line("      %s", Escape(c.Title))
		writeDetails(&t.buf, withoutContext(c.Details()), t.paint)
		t.line("")
	case !t.opts.Verbose:
	case c.Outcome == OutcomeSkip, c.Outcome == OutcomeKnown:
		t.line("%s %-28s  %s   %s", word, Escape(c.ID), Escape(c.Title), Escape(c.Why))
		t.dense = true
	default:
		note := FormatMillis(c.DurationMillis)
		switch {
		case c.ReasonDiffers:
			note += ", another reason: " + Escape(c.Got)
		case c.ReasonUnknown:
			note += ", reason unknown"
		}
		t.line("%s %-28s  %s   %s", word, Escape(c.ID), Escape(c.Title), note)
		t.dense = true
	}
}

// coverage says which part of the catalogue a deployed service was asked.
func (t *Text) coverage() {
	if t.summary.Footer == nil || t.summary.Footer.Coverage == nil {
		return
	}
	c := t.summary.Footer.Coverage
	t.line("RAN   without state: %s", c.Stateless)
	t.line("      with state:    %s", c.Stateful)
	t.line("")
}

// unused lists the expectations that no longer match anything.
func (t *Text) unused() {
	if t.summary.Footer == nil {
		return
	}
	for _, line := range t.summary.Footer.Unused {
		t.line("%s %s", t.paint.bad("UNUSED"), Escape(line))
	}
}

// stopped says why the run ended by itself.
func (t *Text) stopped() {
	if f := t.summary.Footer; f != nil && f.Stopped != "" {
		for _, line := range Wrap(Escape(f.Stopped), textWidth) {
			t.line("%s", line)
		}
		t.line("")
	}
}

// space adds an empty line after a list of passes and skips.
func (t *Text) space() {
	if t.dense {
		t.line("")
		t.dense = false
	}
}

func (t *Text) implementation() string {
	if t.summary.Header == nil {
		return ""
	}
	return t.summary.Header.Implementation.Name
}

// word returns the outcome as the first word of a line, width cells wide, and
// at least five.
func (t *Text) word(o Outcome, width int) string {
	word := fmt.Sprintf("%-*s", max(width, 5), strings.ToUpper(string(o)))
	switch {
	case o == OutcomePass:
		return t.paint.good(word)
	case o == OutcomeSkip, o == OutcomeKnown:
		return t.paint.faint(word)
	default:
		return t.paint.bad(word)
	}
}

// WriteDetails prints details as [Text] does, including those that are context.
// If color is set it uses colour.
func WriteDetails(w io.Writer, details []Detail, color bool) error {
	var b bytes.Buffer
	writeDetails(&b, details, painter(color))
	_, err := w.Write(b.Bytes())
	return err
}

// withoutContext returns the details that say what changed.
func withoutContext(details []Detail) []Detail {
	return slices.DeleteFunc(details, func(d Detail) bool { return d.Context })
}

// writeDetails prints details, each label once, prose wrapped with a hanging
// indent so that the next sentence stands out.
func writeDetails(b *bytes.Buffer, details []Detail, paint painter) {
	const indent = 16 // six cells, a label of eight, a sign and a space
	hang := "\n" + strings.Repeat(" ", indent+2)
	last := ""
	for _, d := range details {
		label := d.Label
		if label == last {
			label = ""
		}
		last = d.Label
		text, gap := d.Text, "   "
		if d.prose() {
			const width = textWidth - indent - 2
			lines := wrapWhole(text, width)
			text = strings.Join(lines, hang)
			if ansi.StringWidth(lines[len(lines)-1]+gap+d.Note) > width {
				gap = hang
			}
		}
		switch d.Mark {
		case MarkBad, MarkRemoved:
			text = paint.bad(text)
		case MarkAdded:
			text = paint.good(text)
		}
		if d.Note != "" {
			text += gap + paint.faint(d.Note)
		}
		fmt.Fprintf(b, "      %s%s %s\n", paint.faint(fmt.Sprintf("%-8s", label)), d.Mark.Sign(), text)
	}
}

// prose reports whether the text of d consists of sentences, which may be
// wrapped.
func (d Detail) prose() bool {
	switch d.Role {
	case RoleWhy, RoleChange, RoleNote, RoleCause, RoleAdvice:
		return true
	}
	return false
}

func (t *Text) failures() {
	if len(t.summary.Bad) == 0 {
		return
	}
	t.line("%s", t.paint.bad("FAILURES"))
	t.inShort(t.summary.Bad)
	t.line("")
}

// otherReasons lists the right verdicts whose reason is not the expected one.
func (t *Text) otherReasons() {
	if len(t.summary.OtherReason) == 0 {
		return
	}
	t.line("%s", t.paint.faint("ANOTHER REASON"))
	t.inShort(t.summary.OtherReason)
	t.line("")
}

// inShort prints a line for each case.
func (t *Text) inShort(cases []*Case) {
	width, word := 0, 0
	for _, c := range cases {
		width = max(width, ansi.StringWidth(Escape(c.ID)))
		word = max(word, len(c.Outcome))
	}
	for _, c := range cases {
		id := Escape(c.ID)
		t.line("%s %s%s   %s", t.word(c.Outcome, word), id, strings.Repeat(" ", width-ansi.StringWidth(id)), c.inShort())
	}
}

// inShort returns one line on what went wrong with a case.
func (c *Case) inShort() string {
	got := Escape(c.Got)
	if got == "" {
		got = silence(c.Outcome)
	}
	switch c.Outcome {
	case OutcomeError, OutcomeAdapter:
		if c.Why != "" {
			return Escape(c.Why)
		}
	case OutcomeInvalid:
		got += "; " + Escape(c.Why)
	}
	return "want " + Escape(c.Want) + ", got " + got
}

func (t *Text) skips() {
	skips := t.summary.Skips()
	if len(skips) == 0 {
		return
	}
	t.line("%s", t.paint.faint("SKIPPED"))
	for _, s := range skips {
		t.line("%5d %s", s.Count, orNoReason(s.Why))
	}
	t.line("")
}

// painter adds colour if it is true. The words carry the meaning.
type painter bool

func (p painter) good(s string) string  { return p.sgr("32", s) }
func (p painter) bad(s string) string   { return p.sgr("31", s) }
func (p painter) faint(s string) string { return p.sgr("2", s) }

func (p painter) sgr(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
