package strict_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/internal/strict"
)

type document struct {
	Name  string          `json:"name,omitempty"`
	Count int             `json:"count,omitempty"`
	Wait  strict.Duration `json:"wait,omitzero"`
	Raw   strict.Bytes    `json:"raw,omitempty"`
	Flag  bool            `json:"flag,omitempty"`
	Parts []part          `json:"parts,omitempty"`
}

type part struct {
	Own own `json:"own,omitzero"`
}

// own reads itself.
type own struct{ A, B string }

func (o *own) UnmarshalJSON(text []byte) error {
	var wire struct {
		A string `json:"a"`
	}
	if err := strict.JSON(text, &wire); err != nil {
		return err
	}
	if wire.A == "bad" {
		return &strict.Error{Pointer: "/a", Problem: errors.New("it is bad")}
	}
	o.A = wire.A
	return nil
}

func TestJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want string // the error, empty: none
	}{
		{`{"name":"x","count":3,"wait":"1m30s","raw":"é","flag":true,"parts":[{"own":{"a":"x"}}]}`, ""},
		{`{"raw":{"base64":"AP8="}}`, ""},
		{`{}`, ""},
		{`{"nam":"x"}`, "/nam: there is no such member, want one of name, count, wait, raw, flag, parts"},
		{`{"Name":"x"}`, "/Name: there is no such member, want one of name, count, wait, raw, flag, parts"},
		{`{"name":"x","name":"y"}`, `/name: duplicate object member name`},
		{`{"name":1}`, "/name: got a number, want a string"},
		{`{"count":1.5}`, "/count: got 1.5, want an integer"},
		{`{"count":"1"}`, "/count: got a string, want an integer"},
		{`{"flag":"yes"}`, "/flag: got a string, want true or false"},
		{`{"wait":"soon"}`, `/wait: got "soon", want a duration such as 1m30s or 250ms`},
		{`{"raw":{"base64":"!"}}`, "/raw/base64: illegal base64 data at input byte 0"},
		{`{"raw":{"hex":"00"}}`, "/raw/hex: there is no such member, want one of base64"},
		{`{"raw":7}`, "/raw: got a number, want a string"},
		{`{"parts":{}}`, "/parts: got an object, want an array"},
		{`{"parts":[{},{"own":{"b":1}}]}`, "/parts/1/own/b: there is no such member, want one of a"},
		{`{"parts":[{},{"own":{"a":"bad"}}]}`, "/parts/1/own/a: it is bad"},
		{`[]`, "got an array, want an object"},
		{`{"name":"x"} {}`, "invalid character '{' after top-level value"},
		{`{"name":`, "/name: unexpected EOF"},
		{``, "unexpected EOF"},
	}
	for _, tt := range tests {
		var d document
		err := strict.JSON([]byte(tt.text), &d)
		got := ""
		if err != nil {
			got = err.Error()
			if !errors.As(err, new(*strict.Error)) {
				t.Errorf("JSON(%s) is a %T", tt.text, err)
			}
		}
		if got != tt.want {
			t.Errorf("JSON(%s) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, raw := range [][]byte{[]byte("text"), {}, {0xff, 0}, []byte("\"\u2028")} {
		text, err := json.Marshal(strict.Bytes(raw))
		if err != nil {
			t.Fatal(err)
		}
		var again strict.Bytes
		if err := strict.JSON(text, &again); err != nil || !bytes.Equal(again, raw) || again == nil {
			t.Errorf("%q became %s and %q, %v", raw, text, again, err)
		}
	}
	for _, d := range []time.Duration{0, time.Millisecond, -90 * time.Second} {
		text, err := strict.Duration(d).MarshalText()
		var again strict.Duration
		if err := errors.Join(err, again.UnmarshalText(text)); err != nil || time.Duration(again) != d {
			t.Errorf("%v became %s and %v, %v", d, text, again, err)
		}
	}
}
