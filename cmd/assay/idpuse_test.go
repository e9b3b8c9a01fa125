package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Undo restores what signed and what was published, whatever the mode.
func TestUndoRotation(t *testing.T) {
	t.Parallel()
	modes := []string{promote}
	for _, m := range keyring.Modes() {
		modes = append(modes, string(m))
	}
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			view, err := uiEngine(t).environment()
			if err != nil {
				t.Fatal(err)
			}
			// Something that can be promoted, and an earlier set.
			if err := view.Rotate(string(keyring.PublishThenSign)); err != nil {
				t.Fatal(err)
			}
			ring := view.env.Ring()
			signing, published := ring.Signing(), ring.Published()
			if err := view.Rotate(mode); err != nil {
				t.Fatal(err)
			}
			if err := view.Undo(); err != nil {
				t.Fatalf("Undo: %v", err)
			}
			if got := ring.Signing(); !got.Same(signing) || got.ID() != signing.ID() {
				t.Errorf("%s signs, want %s", got.ID(), signing.ID())
			}
			got := ring.Published()
			if !slices.EqualFunc(got, published, func(a, b *keyring.Key) bool { return a.ID() == b.ID() && a.Same(b) }) {
				t.Errorf("the set differs: %d keys, want %d", len(got), len(published))
			}
			if err := view.Undo(); err == nil {
				t.Error("a second Undo undoes something")
			}
		})
	}
}

func TestTypedFaults(t *testing.T) {
	t.Parallel()
	view, err := uiEngine(t).environment()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"keys-slow delay=5s jitter=1s share=0.5":                                    "keys-slow: keys delay 5s ± 1s share 0.5",
		"keys-503 status=418 count=2 skip=1":                                        "keys-503: keys status 418 after 1 2 times",
		`{"id":"mine","where":"token","kind":"status","attributes":{"status":500}}`: "mine: token status 500",
	} {
		if err := view.Inject(text); err != nil {
			t.Errorf("Inject(%q): %v", text, err)
		}
		if faults := view.Snapshot().Faults; !slices.Contains(faults, want) {
			t.Errorf("after %q the faults are %q, want %q", text, faults, want)
		}
	}
	if err := view.Inject("keys-slow delay=7s"); err != nil {
		t.Errorf("turning one on again: %v", err)
	}
	if faults := view.Snapshot().Faults; len(faults) != 3 || !slices.Contains(faults, "keys-slow: keys delay 7s") {
		t.Errorf("the faults are %q, want the last attributes", faults)
	}
	for text, want := range map[string]string{
		"":                  "begins with no switch",
		"keys":              "want one of keys-503",
		"keys-slow wait=5s": "is no attribute",
		"keys-slow delay=5": `delay is "5"`,
		`{"id":"x"}`:        "",
	} {
		if err := view.Inject(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Inject(%q): %v, want %q", text, err, want)
		}
	}
}

// The fault on the screen is the reason that a checkup gives.
func TestCheckupOfTheEnvironment(t *testing.T) {
	t.Parallel()
	view, err := uiEngine(t).environment()
	if err != nil {
		t.Fatal(err)
	}
	good, err := view.Checkup(t.Context())
	if err != nil || !good.Success {
		t.Fatalf("a good environment: %+v, %v", good, err)
	}
	if err := view.Inject("keys-503"); err != nil {
		t.Fatal(err)
	}
	bad, err := view.Checkup(t.Context())
	if err != nil || bad.Success {
		t.Errorf("with a JWK Set that answers 503: %+v, %v", bad, err)
	}
}

func TestWhatTheIdPScreenCopies(t *testing.T) {
	t.Parallel()
	view, err := uiEngine(t).environment()
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, x := range view.Snapshot().Texts {
		texts[x.Name] = x.Text
	}
	if texts["client secret"] == "" || texts["issuer"] != view.env.Issuer() {
		t.Errorf("the texts are %v", texts)
	}
	client := http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, name := range []string{"metadata URL", "JWK Set URL"} {
		if got := status(t, &client, texts[name]); got != http.StatusOK {
			t.Errorf("the %s answers %d", name, got)
		}
	}
	resp, err := client.Get(texts["login URL"])
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if to := resp.Header.Get("Location"); !strings.Contains(to, "code=") {
		t.Errorf("the login URL answers %d and leads to %q, want a code", resp.StatusCode, to)
	}

	url, err := view.Control(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	api := control.Client{URL: url}
	all, err := api.Environments(t.Context())
	if err != nil || len(all) != 1 || all[0].Issuer != view.env.Issuer() {
		t.Errorf("the control API has %+v, %v", all, err)
	}
}

// What a client sends to authenticate itself is not kept.
func TestHeadersOfRequestsWithoutCredentials(t *testing.T) {
	t.Parallel()
	view, err := uiEngine(t).environment()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, view.env.JWKSURI(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer hush")
	req.Header.Set("If-None-Match", `"x"`)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	requests := view.Snapshot().Requests
	last := requests[len(requests)-1]
	if len(last.Header) != 2 || last.Header[0].Name != "Authorization" || strings.Contains(last.Header[0].Value, "hush") || last.Header[1].Value != `"x"` || !last.Keys {
		t.Errorf("the request is %+v", last)
	}
}
