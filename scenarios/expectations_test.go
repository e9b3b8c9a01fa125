package scenarios_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
)

const expectations = `known-failing:
  - { case: aud.prefix, reason: "a bug" }
  - { case: aud, reason: "audiences" }
flaky:
  - { case: "flood.*", reason: "per process" }
skip:
  - { case: aud.string, reason: "slow" }
`

func TestExpectationsAreFound(t *testing.T) {
	t.Parallel()
	e, err := scenarios.ParseExpectations("known.yaml", []byte(expectations))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"aud.prefix": "known-failing a bug", "aud.suffix-char": "known-failing audiences",
		"aud.string": "skip slow", "flood.foreign-iss": "flaky per process", "sig.flip": " ",
	} {
		line, section := e.Of(builtin(t).Get(id))
		if line == nil {
			line = &scenarios.Line{}
		}
		if got := section + " " + line.Reason; got != want {
			t.Errorf("Of(%s) = %q, want %q", id, got, want)
		}
	}
}

func TestExpectationsSurviveWriting(t *testing.T) {
	t.Parallel()
	e, err := scenarios.ParseExpectations("known.yaml", []byte(expectations))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []*scenarios.Expectations{e, {}, {Skip: []scenarios.Line{{Case: "aud.*", Reason: "a: \"b\" # 'c'\n- d"}}}} {
		text, err := want.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := scenarios.ParseExpectations("written.yaml", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("written and read (-want +got):\n%s", diff)
		}
	}
}

func TestExpectationsMustMakeSense(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"failing: []":                          `known.yaml:1:1: unknown field "failing"`,
		"skip:\n  - { case: aud.prefix }":      "known.yaml:2:5: aud.prefix has no reason",
		"skip:\n  - { reason: x }":             `case is ""`,
		"skip:\n  - { case: '[a', reason: x }": `known.yaml:2:13: case is "[a"`,
		"skip:\n  - { case: a.b, reason: x }\nflaky:\n  - { case: a.b, reason: y }\n": "a.b has a line already",
		"": "want one YAML document",
	} {
		_, err := scenarios.ParseExpectations("known.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
