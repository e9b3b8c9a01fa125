package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/tui"
)

// uiEnvironment returns the environment of a terminal UI that nobody sees.
func uiEnvironment(t *testing.T) *idpView {
	t.Helper()
	view, err := uiEngine(t).environment()
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// Each switch makes a request go wrong, and off again makes it right.
func TestFaultSwitchesDoWhatTheySay(t *testing.T) {
	t.Parallel()
	view := uiEnvironment(t)
	before := view.Snapshot()
	client := http.Client{Timeout: 5 * time.Second}
	for _, s := range before.Switches {
		if err := view.Switch(s.ID); err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		snapshot := view.Snapshot()
		if !on(snapshot, s.ID) || len(snapshot.Faults) != 1 || snapshot.Revision == before.Revision {
			t.Errorf("%s is on, and the screen shows %v, %+v", s.ID, snapshot.Faults, snapshot.Switches)
		}
		if s.ID == "keys-503" {
			if got := status(t, &client, view.env.JWKSURI()); got != http.StatusServiceUnavailable {
				t.Errorf("%s: the JWK Set answers %d", s.ID, got)
			}
		}
		if err := view.Switch(s.ID); err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		if on(view.Snapshot(), s.ID) {
			t.Errorf("%s stays on", s.ID)
		}
	}
	if got := status(t, &client, view.env.JWKSURI()); got != http.StatusOK {
		t.Errorf("with all faults off the JWK Set answers %d", got)
	}
	if err := view.Switch("none"); err == nil {
		t.Error("a fault that does not exist is switched")
	}
}

func on(s tui.IdPSnapshot, id string) bool {
	for _, x := range s.Switches {
		if x.ID == id {
			return x.On
		}
	}
	return false
}

func status(t *testing.T, client *http.Client, url string) int {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// Every key of the JWK Set is on the screen, whatever it is for, and a client
// that is registered later too.
func TestTheScreenHasAllKeysAndClients(t *testing.T) {
	t.Parallel()
	view := uiEnvironment(t)
	before := view.Snapshot()
	shown := make(map[string]string)
	for _, k := range slices.Concat(before.Keys, before.Decoys) {
		shown[k.ID] = k.State
	}
	var set struct {
		Keys []struct{ Kid string }
	}
	if err := json.Unmarshal(view.env.JWKSet(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) < 2 || len(shown) != len(set.Keys) {
		t.Errorf("the screen has %d keys, and the JWK Set %d", len(shown), len(set.Keys))
	}
	for _, k := range set.Keys {
		if want := map[bool]string{true: "signing", false: "decoy"}[k.Kid == view.env.Ring().Signing().ID()]; shown[k.Kid] != want {
			t.Errorf("key %s is %q, want %q", k.Kid, shown[k.Kid], want)
		}
	}
	client := mockidp.Client{ID: "skc_2", Name: "the other one", Secret: "secret", RedirectURIs: []string{"http://127.0.0.1/callback"}}
	if err := view.env.PutClient(client); err != nil {
		t.Fatal(err)
	}
	after := view.Snapshot()
	if last := after.Clients[len(after.Clients)-1]; last.Name != client.Name || last.ID != client.ID || after.Revision == before.Revision {
		t.Errorf("the last client is %+v at revision %d, want %q at another one than %d", last, after.Revision, client.Name, before.Revision)
	}
}
