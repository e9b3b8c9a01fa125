package implementations

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/assay-id/assay/scenarios/implementations/plain"
)

// The names, and prefixes of names, of the kinds of implementation.
const (
	builtinName  = "builtin"
	plainName    = "plain"
	liarPrefix   = "liar:"
	execPrefix   = "exec:"
	httpPrefix   = "http://"
	httpsPrefix  = "https://"
	bearerPrefix = "bearer:"
)

// Open returns the implementation that spec names: builtin, plain, liar:<name>,
// exec:<command line>, the http or https URL of one that speaks the protocol, or
// bearer:<URL>, a deployed service with the zero value of [BearerOptions]. opts
// are for programs; its Timeout bounds the answers of a URL as well. The caller
// closes the implementation.
//
// The error is an [*UnknownError] for an unknown name. Otherwise it says why the
// implementation could not be reached or started: see [NewExec] and [NewHTTP].
// ctx bounds the attempt.
func Open(ctx context.Context, spec string, opts ExecOptions) (Implementation, error) {
	switch {
	case spec == builtinName:
		return Builtin(), nil
	case spec == plainName:
		return Plain(), nil
	case strings.HasPrefix(spec, liarPrefix):
		return Liar(strings.TrimPrefix(spec, liarPrefix))
	case strings.HasPrefix(spec, execPrefix):
		words, err := commandOf(spec)
		if err != nil {
			return nil, err
		}
		return NewExec(ctx, words, opts)
	case strings.HasPrefix(spec, bearerPrefix):
		return NewBearer(strings.TrimPrefix(spec, bearerPrefix), BearerOptions{Timeout: opts.Timeout})
	case strings.HasPrefix(spec, httpPrefix), strings.HasPrefix(spec, httpsPrefix):
		return newHTTP(ctx, spec, opts)
	}
	return nil, unknown(spec)
}

// Check reports what is wrong with spec as a name for [Open], as far as that
// shows without starting or asking anything. The error is an [*UnknownError]
// for an unknown name.
func Check(spec string) error {
	switch {
	case spec == builtinName, spec == plainName:
		return nil
	case strings.HasPrefix(spec, liarPrefix):
		_, err := Liar(strings.TrimPrefix(spec, liarPrefix))
		return err
	case strings.HasPrefix(spec, execPrefix):
		_, err := commandOf(spec)
		return err
	case strings.HasPrefix(spec, bearerPrefix), strings.HasPrefix(spec, httpPrefix), strings.HasPrefix(spec, httpsPrefix):
		_, err := parseTarget(strings.TrimPrefix(spec, bearerPrefix))
		return err
	}
	return unknown(spec)
}

// commandOf returns the words of the command of an exec: spec.
func commandOf(spec string) ([]string, error) {
	words, err := SplitCommand(strings.TrimPrefix(spec, execPrefix))
	if err != nil {
		return nil, fmt.Errorf("command line of %q: %w", spec, err)
	}
	return words, nil
}

// parseTarget parses an http or https URL.
func parseTarget(target string) (*url.URL, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not an http or https URL", target)
	}
	return u, nil
}

func unknown(spec string) error {
	return &UnknownError{Spec: spec, Known: []string{
		builtinName, plainName, liarPrefix + "<name>", execPrefix +
			"<command line>", httpPrefix + "<host>", httpsPrefix + "<host>", bearerPrefix + "<URL>",
	}}
}

// Names lists the implementations that [Open] finds by name alone, those that
// run in process.
func Names() []string {
	return append([]string{builtinName, plainName}, liarNames()...)
}

func liarNames() []string {
	var names []string
	for _, l := range plain.Liars() {
		names = append(names, liarPrefix+l.Name)
	}
	return names
}

// Titles returns a sentence about each of [Names].
func Titles() map[string]string {
	titles := map[string]string{
		builtinName: "the verifier of assay",
		plainName:   "a second verifier, written for clarity",
	}
	for _, l := range plain.Liars() {
		titles[liarPrefix+l.Name] = l.Fault
	}
	return titles
}

// UnknownError reports that no implementation has the name Spec, and lists the
// known ones.
type UnknownError struct {
	Spec  string
	Known []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("implementation is %q, want one of %s", e.Spec, strings.Join(e.Known, ", "))
}

// SplitCommand splits a command line into words at white space. Single quotes
// preserve everything, double quotes everything except the backslash, and a
// backslash preserves the character after it, as in a POSIX shell; nothing else
// is special.
func SplitCommand(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote, escaped := false, rune(0), false
	for _, c := range line {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("the quote %c is not closed", quote)
	case escaped:
		return nil, errors.New("it ends with a backslash")
	case inWord:
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("it is empty, want a program and its arguments")
	}
	return words, nil
}
