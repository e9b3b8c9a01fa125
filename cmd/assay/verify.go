package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// verifyFlags are the flags of assay verify.
type verifyFlags struct {
	judging judgingFlags
	asJSON  bool
}

func (a *app) verifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify [TOKEN... | -]",
		Short: "Verify ID Tokens, one per line",
		Long: `Verify ID Tokens, from the arguments or from standard input, one per line, and
print a verdict per line in the same order: its number, accept or reject, and why. Any
number of tokens takes the same memory. A token is never printed.

The keys are those of --jwks, or those that the issuer publishes. A verdict is
unavailable if they could not be fetched. With --json each line is an object with
line, verdict, and sub and exp, or code, reason, claim, want, got, hint and message.

The exit code is 0 if every token is accepted, and 3 otherwise. assay explain says
more about a single token.`,
		Example: `  assay verify --issuer https://acme.scalekit.com --client-id skc_58327482062864390 <tokens.txt
  assay verify --issuer https://assay.example --client-id skc_1 --jwks keys.json --json <tokens.txt`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.verify(cmd, f, args) },
	}
	flags := cmd.Flags()
	f.judging.register(flags)
	flags.BoolVar(&f.asJSON, "json", false, "print JSON lines")
	return cmd
}

func (a *app) verify(cmd *cobra.Command, f verifyFlags, args []string) error {
	if f.judging.jwks != "" {
		if err := a.refuse(cmd, "leave out one of them", "is for fetching keys, and --jwks has them", "ca-file"); err != nil {
			return err
		}
	}
	cfg, err := f.judging.config(cmd.Flags())
	if err != nil {
		return err
	}
	set, err := f.judging.keySet()
	if err != nil {
		return err
	}
	if set != nil {
		cfg.Keys = keysOf{set}
	}
	v, err := verifier.New(cfg)
	if err != nil {
		return usageHint("see assay verify --help", "%s", diagnose.Redact(err.Error()))
	}
	defer v.Close()
	var input io.Reader = strings.NewReader(strings.Join(args, "\n"))
	if len(args) == 0 || len(args) == 1 && args[0] == "-" {
		if a.stdin == nil || isTerminal(a.stdin) {
			return usageHint("assay verify <tokens.txt", "there are no tokens")
		}
		input = a.input(cmd.Context())
	}
	began := time.Now()
	b := batch{verifier: v, out: bufio.NewWriter(a.stdout), asJSON: f.asJSON}
	if err := b.run(cmd.Context(), bufio.NewReaderSize(input, 64<<10)); err != nil {
		return err
	}
	if b.lines == 0 {
		return usageHint("assay verify <tokens.txt", "there are no tokens")
	}
	took := time.Since(began)
	tokens := "tokens"
	if b.lines == 1 {
		tokens = "token"
	}
	fmt.Fprintf(a.stderr, "%s %s: %s accepted, %s not, in %s, %s\n",
		reports.FormatCount(b.lines), tokens, reports.FormatCount(b.accepted), reports.FormatCount(b.lines-b.accepted),
		reports.FormatElapsed(took), reports.FormatRate(float64(b.lines)/took.Seconds()))
	if b.accepted < b.lines {
		return &exitError{code: exitNonconform}
	}
	return nil
}

// keysOf is a source of one set, which may have no key that can be used.
type keysOf struct{ set *verifier.KeySet }

func (k keysOf) Keys(context.Context, verifier.KeyQuery) (*verifier.KeySet, error) {
	return k.set, nil
}

// batch verifies many tokens, one after the other, and keeps none.
type batch struct {
	verifier *verifier.Verifier
	out      *bufio.Writer
	asJSON   bool
	line     []byte // reused

	lines, accepted uint64
}

// run verifies every line of r. Verdicts are written when the next token is not
// there yet, so that a pipe gets each at once and a file many together.
func (b *batch) run(ctx context.Context, r *bufio.Reader) error {
	for ctx.Err() == nil {
		if r.Buffered() == 0 {
			if err := b.out.Flush(); err != nil {
				return err
			}
		}
		token, err := b.next(r)
		if err == io.EOF {
			return b.out.Flush()
		}
		if err != nil {
			return fmt.Errorf("reading tokens: %w", err)
		}
		b.lines++
		if err := b.judge(ctx, token); err != nil {
			return err
		}
	}
	return errors.Join(b.out.Flush(), ctx.Err())
}

// maxLine is how much of a line is kept: enough for it to be refused for its
// length.
const maxLine = verifier.DefaultMaxTokenBytes + 1

// next returns the next line. One that is longer than any token is cut.
func (b *batch) next(r *bufio.Reader) (string, error) {
	b.line = b.line[:0]
	for {
		part, err := r.ReadSlice('\n')
		b.line = append(b.line, part[:min(len(part), maxLine-len(b.line))]...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(b.line) > 0, err == nil:
			return strings.TrimSuffix(strings.TrimSuffix(string(b.line), "\n"), "\r"), nil
		default:
			return "", err
		}
	}
}

// verdictLine is the JSON of a verdict.
type verdictLine struct {
	Line    uint64     `json:"line"`
	Verdict string     `json:"verdict"` // accept, reject or unavailable
	Subject string     `json:"sub,omitempty"`
	Expiry  *time.Time `json:"exp,omitempty"`
	Code    string     `json:"code,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	Claim   string     `json:"claim,omitempty"`
	Want    string     `json:"want,omitempty"`
	Got     string     `json:"got,omitempty"`
	Hint    string     `json:"hint,omitempty"`
	Message string     `json:"message,omitempty"`
}

// judge verifies one token and writes the verdict.
func (b *batch) judge(ctx context.Context, raw string) error {
	token, err := b.verifier.Verify(ctx, raw)
	line := verdictLine{Line: b.lines, Verdict: "accept"}
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		e = diagnose.RedactError(e, raw)
		if e.Reason == verifier.ReasonTokenTooLarge { // the line may be cut
			e.Detail = fmt.Sprintf("it has more than %d bytes", verifier.DefaultMaxTokenBytes)
		}
		line.Verdict = "reject"
		if e.Kind() != verifier.KindInvalid {
			line.Verdict = "unavailable"
		}
		line.Code, line.Reason, line.Message = string(e.Code()), string(e.Reason), e.Error()
		line.Claim, line.Want, line.Got, line.Hint = e.Claim, e.Want, e.Got, e.Hint
	} else {
		b.accepted++
		line.Subject, line.Expiry = diagnose.Redact(token.Subject, raw), &token.Expiry
	}
	if b.asJSON {
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		_, err = b.out.Write(append(text, '\n'))
		return err
	}
	switch {
	case line.Verdict == "accept":
		_, err = fmt.Fprintf(b.out, "%d accept %s\n", line.Line, reports.Escape(line.Subject))
	case line.Code == line.Reason: // with which the message begins
		_, err = fmt.Fprintf(b.out, "%d %s %s\n", line.Line, line.Verdict, reports.Escape(line.Message))
	default:
		_, err = fmt.Fprintf(b.out, "%d %s %s: %s\n",
			line.Line, line.Verdict, line.Code, reports.Escape(line.Message))
	}
	return err
}
