package main

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// changeFlags say what is changed in a good token.
type changeFlags struct {
	text                   string // a change in JSON, which the others add to
	set, unset, shift      []string
	setHeader, unsetHeader []string
	tamper                 []string
	signWith, signAlg      string
	signature              []string
}

// changeFlagNames lists the names of the flags.
func changeFlagNames() []string {
	var names []string
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(changeFlags).register(flags)
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

func (f *changeFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.set, "set", nil, "set a claim, `name=value`; may be repeated")
	flags.StringArrayVar(&f.unset, "unset", nil,
		"leave out the claim with this `name`; may be repeated")
	flags.StringArrayVar(&f.shift, "shift", nil,
		"move a time, `name=duration`, such as exp=-2h; may be repeated")
	flags.StringArrayVar(&f.setHeader, "set-header", nil,
		"set a header parameter, `name=value`; may be repeated")
	flags.StringArrayVar(&f.unsetHeader, "unset-header", nil,
		"leave out the header parameter with this `name`; may be repeated")
	flags.StringArrayVar(&f.tamper, "tamper", nil,
		"set a claim after signing, `name=value`; may be repeated")
	flags.StringVar(&f.signWith, "sign-with", "",
		"sign with another key, which the header does not name: the ID of a key of the environment, or any `name` for an unpublished one")
	flags.StringVar(&f.signAlg, "sign-alg", "",
		"sign with this algorithm, regardless of the header; HS256 and none are possible")
	flags.StringArrayVar(&f.signature, "signature", nil,
		"edit the signature: flip, empty, zero, append, …; may be repeated")
	flags.StringVar(&f.text, "change", "", "more changes in `JSON`, in the form that faults use")
}

// change returns what the flags say.
func (f *changeFlags) change() (forge.Change, error) {
	var c forge.Change
	if f.text != "" {
		if err := json.Unmarshal([]byte(f.text), &c); err != nil {
			return c, usageHint(`--change '{"signature":["flip"]}'`, "--change: %v", err)
		}
	}
	for _, add := range []struct {
		flag  string
		texts []string
		to    *keyring.Object
	}{
		{"set", f.set, &c.Claims.Set},
		{"set-header", f.setHeader, &c.Header.Set},
		{"tamper", f.tamper, &c.TamperClaims.Set},
	} {
		for _, text := range add.texts {
			name, value, ok := strings.Cut(text, "=")
			if !ok {
				return c, usageHint("--"+add.flag+" aud=skc_other",
					"--%s is %q, want a name, = and a value", add.flag, text)
			}
			add.to.Set(name, jsonOrString(value))
		}
	}
	c.Claims.Drop = append(c.Claims.Drop, f.unset...)
	c.Header.Drop = append(c.Header.Drop, f.unsetHeader...)
	for _, text := range f.shift {
		name, value, _ := strings.Cut(text, "=")
		by, err := time.ParseDuration(value)
		if err != nil {
			return c, usageHint("--shift exp=-2h", "--shift is %q, want a name, = and a duration",
				text)
		}
		if c.Claims.Shift == nil {
			c.Claims.Shift = make(map[string]time.Duration)
		}
		c.Claims.Shift[name] = by
	}
	if f.signWith != "" {
		c.Signing.KeyName = f.signWith
	}
	if f.signAlg != "" {
		c.Signing.Alg = f.signAlg
	}
	for _, edit := range f.signature {
		c.Signature = append(c.Signature, forge.SignatureEdit(edit))
	}
	if err := c.Validate(); err != nil {
		return c, usageHint("see assay forge --help", "%v", err)
	}
	return c, nil
}

// jsonOrString returns the JSON value that text is, or text itself.
func jsonOrString(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}
