package load_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

func TestParseMix(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                             load.DefaultMix,
		"  ":                           load.DefaultMix,
		load.DefaultMix:                load.DefaultMix,
		"good=1":                       "good=1",
		" good = 90 , expired = 10 ":   "good=90,expired=10",
		"unknown-key=1000000,good=007": "unknown-key=1000000,good=7",
	} {
		m, err := load.ParseMix(text)
		if err != nil || m.String() != want {
			t.Errorf("ParseMix(%q) = %s, %v, want %s", text, m, err, want)
		}
	}
}

func TestParseMixRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"good":               `"good" is not case=weight`,
		"good=90,":           `"" is not case=weight`,
		"=90":                `"=90" is not case=weight`,
		"god=90":             `case "god" is not known, want one of good, expired`,
		"good=90,good=1":     `case "good" occurs twice`,
		"good=":              `the weight of good is ""`,
		"good=0":             `the weight of good is "0", want a whole number from 1`,
		"good=-1":            `the weight of good is "-1"`,
		"good=0.5":           `the weight of good is "0.5"`,
		"good=90%":           `the weight of good is "90%"`,
		"good=1000001":       `the weight of good is "1000001"`,
		"good=99,expired=1e": `the weight of expired is "1e"`,
	} {
		_, err := load.ParseMix(text)
		if !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseMix(%q) = %v, want an ErrUsage with %q", text, err, want)
		}
	}
}

func FuzzParseMixRoundTrip(f *testing.F) {
	for _, seed := range []string{load.DefaultMix, "good=1", "good=90,expired=10", "a=1,=2", "good=1,good=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := load.ParseMix(text)
		if err != nil {
			if !errors.Is(err, gate.ErrUsage) {
				t.Errorf("ParseMix(%q) = %v, which is not an ErrUsage", text, err)
			}
			return
		}
		again, err := load.ParseMix(m.String())
		if err != nil || again.String() != m.String() {
			t.Errorf("ParseMix(%q) gives %s, read again %s, %v", text, m, again, err)
		}
	})
}

func ExampleParseMix() {
	m, err := load.ParseMix("good = 99, tampered = 1")
	fmt.Println(m, err)
	_, err = load.ParseMix("good=99%")
	fmt.Println(err)
	// Output:
	// good=99,tampered=1 <nil>
	// mix "good=99%": the weight of good is "99%", want a whole number from 1 to 1000000
}
