package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/run"
)

// savedToken is the part of a scenario that says what is changed in a token.
type savedToken struct {
	Header        keyring.Object        `json:"header,omitempty"`
	HeaderWithout []string              `json:"header_without,omitempty"`
	Claims        keyring.Object        `json:"claims,omitempty"`
	Without       []string              `json:"without,omitempty"`
	Sign          *savedSign            `json:"sign,omitempty"`
	Signature     []forge.SignatureEdit `json:"signature,omitempty"`
	Tamper        *savedTamper          `json:"tamper,omitempty"`
}

type savedSign struct {
	Key string `json:"key,omitempty"`
	Alg string `json:"alg,omitempty"`
}

type savedTamper struct {
	Claims keyring.Object `json:"claims"`
}

// savedKey is what a scenario calls a key that is not published.
const savedKey = "other"

// SaveChange writes a scenario that makes the change in the good token of a
// case, and expects the verdict of the production verifier.
func (e *engine) SaveChange(changes, file string, replace bool) (string, error) {
	path, err := e.app.absolute(file)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return path, fs.ErrExist
	}
	change, err := parseChange(changes)
	if err != nil {
		return "", err
	}
	view, err := e.environment()
	if err != nil {
		return "", err
	}
	e.mu.Lock()
	issued, token := e.forgery.issued, e.forgery.token
	e.mu.Unlock()
	report, err := e.Examine(context.Background(), token, false)
	if err != nil {
		return "", err
	}
	words := ownWords{issuer: view.env.Issuer(), clientID: view.env.Client().ID}
	saved, err := words.token(change, issued.Claims)
	if err != nil {
		return "", err
	}
	text, err := savedScenario(filepath.Base(path), changes, saved, report.Diagnosis)
	if err != nil {
		return "", err
	}
	if err := tryScenario(text); err != nil {
		return "", fmt.Errorf("a scenario cannot make this change: %w", err)
	}
	return path, toFile(path, false, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// savedScenario returns the file of one scenario. JSON is YAML.
func savedScenario(name, changes string, token savedToken, d *reports.Diagnosis) ([]byte, error) {
	if d == nil || d.Verdict == reports.VerdictUnchecked {
		return nil, errors.New("the token was not checked, so there is nothing to expect")
	}
	expect := string(scenarios.Accept)
	if d.Verdict != reports.VerdictAccept {
		expect = string(scenarios.Reject) + " " + cmp.Or(d.Reason, d.Code)
	}
	title := "A good token"
	if changes != "" {
		title = "A good token changed by " + changes
	}
	c := struct {
		ID     string                    `json:"id"`
		Title  string                    `json:"title"`
		Level  reports.Level             `json:"level"`
		Spec   []string                  `json:"spec"`
		Policy string                    `json:"policy"`
		Keys   map[string]map[string]any `json:"keys,omitempty"`
		Token  savedToken                `json:"token"`
		Expect string                    `json:"expect"`
	}{
		ID: "mine." + slug(name), Title: title, Level: reports.LevelMust, Spec: []string{"OIDC Core 1.0 §3.1.3.7"},
		Policy: "char", Token: token, Expect: expect,
	}
	if token.Sign != nil && token.Sign.Key != "" {
		c.Keys = map[string]map[string]any{savedKey: {}}
	}
	body, err := json.MarshalIndent([]any{c}, "", "  ")
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `# Written by the Token screen of assay. Run this file with
#   assay run --catalog FILE -v
group: mine
title: Changes of a good token
cause: The verifier judges this token unlike the verifier of assay.
advice: Say in the title what is wrong with the token, and in spec which clause demands the verdict.
cases:
%s
`, body), nil
}

// tryScenario reports why the scenario in a file cannot make its token.
func tryScenario(text []byte) error {
	group, err := scenarios.Parse("scenario", text)
	if err != nil {
		return err
	}
	exporter, err := run.NewExporter(context.Background(), 1)
	if err != nil {
		return err
	}
	defer exporter.Close()
	_, err = exporter.Export(context.Background(), group.Cases[0])
	return err
}

// slug makes the second part of the ID of a scenario of the name of a file.
func slug(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	words := strings.FieldsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return cmp.Or(strings.Join(words, "-"), "change")
}

// ownWords replaces what belongs to one environment by what every case
// has.
type ownWords struct{ issuer, clientID string }

// token returns what a scenario says to make a change. Claims are those of the
// token as it was issued.
func (w ownWords) token(c forge.Change, claims keyring.Object) (savedToken, error) {
	known := forge.Change{
		Header:    forge.Patch{Set: c.Header.Set, Drop: c.Header.Drop},
		Claims:    forge.Patch{Set: c.Claims.Set, Drop: c.Claims.Drop, Shift: c.Claims.Shift},
		Signing:   forge.Signing{KeyName: c.Signing.KeyName, Alg: c.Signing.Alg},
		Signature: c.Signature, TamperClaims: forge.Patch{Set: c.TamperClaims.Set},
	}
	if whole, part := changeText(c), changeText(known); whole != part {
		return savedToken{}, errors.New("a scenario is written by hand for a change that only --change makes: see assay new")
	}
	saved := savedToken{HeaderWithout: c.Header.Drop, Without: c.Claims.Drop, Signature: c.Signature}
	var err error
	if saved.Header, err = w.members(c.Header.Set); err != nil {
		return saved, err
	}
	if saved.Claims, err = w.members(c.Claims.Set); err != nil {
		return saved, err
	}
	for name, by := range c.Claims.Shift {
		at, ok := seconds(c.Claims.Set, claims, name)
		now, _ := seconds(nil, claims, "iat")
		if !ok {
			return saved, fmt.Errorf("%s is not a time that can be moved", name)
		}
		saved.Claims.Set(name, fmt.Sprintf("=now%+ds", at-now+int64(by/time.Second)))
	}
	if c.Signing.KeyName != "" || c.Signing.Alg != "" {
		saved.Sign = &savedSign{Alg: c.Signing.Alg}
		if c.Signing.KeyName != "" {
			saved.Sign.Key = savedKey
		}
	}
	if len(c.TamperClaims.Set) > 0 {
		members, err := w.members(c.TamperClaims.Set)
		if err != nil {
			return saved, err
		}
		saved.Tamper = &savedTamper{members}
	}
	return saved, nil
}

// changeText returns a change as text, to compare it.
func changeText(c forge.Change) string {
	text, err := json.Marshal(c)
	if err != nil {
		panic("assay: internal error: a change that was parsed is not JSON: " + err.Error())
	}
	return string(text)
}

// seconds returns a claim that is a time: as it was set, or else as issued.
func seconds(set, claims keyring.Object, name string) (int64, bool) {
	value, ok := set.Get(name)
	if !ok {
		value, ok = claims.Get(name)
	}
	text, err := json.Marshal(value)
	var at int64
	return at, ok && err == nil && json.Unmarshal(text, &at) == nil
}

// members returns o with its strings as templates.
func (w ownWords) members(o keyring.Object) (keyring.Object, error) {
	var out keyring.Object
	for _, m := range o {
		text, err := json.Marshal(m.Value)
		if err != nil {
			return nil, err
		}
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			return nil, err
		}
		if _, isText := value.(string); !isText {
			// A literal keeps numbers and the order of members as they are.
			value = "=" + string(text)
			if strings.Contains(string(text), "{{") {
				return nil, fmt.Errorf("%s has braces, which a scenario reads as a template", m.Name)
			}
		} else {
			value = w.template(value.(string))
		}
		out = append(out, keyring.Member{Name: m.Name, Value: value})
	}
	return out, nil
}

// template returns a template of a text.
func (w ownWords) template(text string) string {
	text = strings.ReplaceAll(text, "{{", `{{"{{"}}`)
	if strings.HasPrefix(text, "=") {
		text = `{{"="}}` + text[1:]
	}
	return strings.NewReplacer(w.issuer, "{{issuer}}", w.clientID, "{{client_id}}").Replace(text)
}
