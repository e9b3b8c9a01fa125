package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/tui"
)

// idpView shows the mock environment of the UI.
type idpView struct {
	server *mockidp.Server
	env    *mockidp.Environment

	control func(context.Context) (string, error) // returns the URL of the control API
	texts   []tui.IdPText

	mu        sync.Mutex
	rotations int
	switched  uint64          // how often a fault was turned on or off, or a client was changed
	known     []tui.IdPClient // as of the last snapshot
	before    *keyring.Change // the last rotation, nil if there is none that can be undone
}

func newIdPView(
	server *mockidp.Server, env *mockidp.Environment, control func(context.Context) (string, error),
) *idpView {
	return &idpView{server: server, env: env, control: control, texts: idpTexts(env)}
}

// Rotate replaces the signing key.
func (v *idpView) Rotate(mode string) error {
	changes := v.env.Ring().Changes()
	err := v.rotate(mode)
	if err == nil {
		v.mu.Lock()
		v.before = &changes[len(changes)-1]
		v.mu.Unlock()
	}
	return err
}

// Undo restores what signed and what was published before the last rotation.
func (v *idpView) Undo() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.before == nil {
		return errors.New("there is no rotation to undo, or it has been undone")
	}
	ring := v.env.Ring()
	changes := ring.Changes()
	last := changes[len(changes)-1]
	if last.Cause == string(keyring.KidReuse) || !slices.Equal(last.Published, v.before.Published) {
		if err := ring.Rotate(keyring.Rollback, nil); err != nil {
			return err
		}
	}
	if last.Cause == string(keyring.KidReuse) || last.Signing != v.before.Signing {
		if err := ring.Promote(v.before.Signing); err != nil {
			return err
		}
	}
	v.before = nil
	return nil
}

func (v *idpView) rotate(mode string) error {
	ring := v.env.Ring()
	switch m := keyring.Mode(mode); m {
	case promote:
		published := ring.Published()
		newest := published[len(published)-1].ID()
		if newest == ring.Signing().ID() {
			return fmt.Errorf("the newest published key signs already: use %s first",
				keyring.PublishThenSign)
		}
		return ring.Promote(newest)
	case keyring.Rollback:
		return ring.Rotate(m, nil)
	default:
		v.mu.Lock()
		v.rotations++
		name := fmt.Sprintf("rotation %d", v.rotations)
		v.mu.Unlock()
		return ring.Rotate(m, v.server.Keys().Key(name, ring.Signing().Alg()))
	}
}

// promote is the second half of keyring.PublishThenSign, offered next to the
// modes.
const promote = "promote"

func (v *idpView) Snapshot() tui.IdPSnapshot {
	ring := v.env.Ring()
	counts := v.env.Counts()
	total := 0
	for _, n := range counts {
		total += n
	}
	clients := v.clients()
	v.mu.Lock()
	if !slices.Equal(clients, v.known) {
		v.known = clients
		v.switched++
	}
	switched := v.switched
	v.mu.Unlock()
	s := tui.IdPSnapshot{
		Revision: ring.Generation()<<48 + switched<<32 + uint64(total),
		URL:      v.env.Issuer(), Clients: clients, Total: uint64(total),
		Texts: v.texts, Keys: v.keys(), Modes: rotationModes(), Switches: v.switches(),
	}
	s.Decoys = decoysIn(v.env.JWKSet(), ring.Published())
	if fault := rotationFault(ring); fault != "" {
		s.Faults = append(s.Faults, fault)
	}
	for _, f := range v.env.Faults().Faults() {
		s.Faults = append(s.Faults, f.ID+": "+describeFault(f))
	}
	for _, r := range v.env.Requests() {
		s.Requests = append(s.Requests, tui.IdPRequest{
			At: r.Time, Method: r.Method, Path: r.Path, Status: r.Status, Bytes: r.Bytes,
			Took: r.Took, Fault: r.FaultID, UserAgent: r.UserAgent, Keys: r.Endpoint == fault.Keys, Header: headerOf(r),
		})
	}
	return s
}

// decoysIn returns the keys of a JWK Set that are none of those that sign.
func decoysIn(set []byte, signing []*keyring.Key) []tui.IdPKey {
	var keys struct {
		Keys []struct{ Kid, Kty, Crv, Alg, Use string }
	}
	if json.Unmarshal(set, &keys) != nil {
		return nil // a fault replaced it with something else
	}
	var decoys []tui.IdPKey
	for _, k := range keys.Keys {
		if slices.ContainsFunc(signing, func(x *keyring.Key) bool { return x.ID() == k.Kid }) {
			continue
		}
		kind := strings.TrimSpace(k.Kty + " " + k.Crv)
		if k.Use == "enc" {
			kind = k.Kty + " for encryption"
		}
		decoys = append(decoys, tui.IdPKey{ID: k.Kid, Alg: k.Alg, State: "decoy", Kind: kind, InJWKSet: true})
	}
	return decoys
}

// clients returns the registered clients.
func (v *idpView) clients() []tui.IdPClient {
	var clients []tui.IdPClient
	for _, c := range v.env.Clients() {
		clients = append(clients, tui.IdPClient{ID: c.ID, Name: c.Name, Public: c.Public()})
	}
	return clients
}

// rotationFault describes what the last rotation left wrong, which the next
// one with another mode repairs.
func rotationFault(ring *keyring.Ring) string {
	changes := ring.Changes()
	last := changes[len(changes)-1]
	switch {
	case last.Cause == string(keyring.Flapping):
		return "flapping: every second answer has the old keys; sign-at-once ends it"
	case last.Cause == string(keyring.Rollback):
		return "rollback: the JWK Set is the old one; sign-at-once ends it"
	case !slices.Contains(last.Published, last.Signing):
		return "the signing key is not published; sign-at-once ends it"
	}
	return ""
}

// keys replays the change log of the ring and returns the state of each key.
func (v *idpView) keys() []tui.IdPKey {
	changes := v.env.Ring().Changes()
	var keys []tui.IdPKey
	signed := make(map[string]bool)
	seen := make(map[string]bool)
	note := func(id string) {
		if !seen[id] {
			seen[id] = true
			keys = append(keys, tui.IdPKey{ID: id})
		}
	}
	for _, c := range changes {
		states := make(map[string]string)
		for _, id := range c.Published {
			states[id] = "announced"
			if signed[id] {
				states[id] = "published"
			}
			note(id)
		}
		states[c.Signing], signed[c.Signing] = "signing", true
		note(c.Signing)
		for i := range keys {
			state := states[keys[i].ID]
			if state == "" {
				state = "retired"
			}
			in := slices.Contains(c.Published, keys[i].ID)
			n := len(keys[i].History)
			if n == 0 || keys[i].History[n-1].State != state || keys[i].History[n-1].InJWKSet != in {
				keys[i].History = append(keys[i].History, tui.KeySpan{From: c.At, State: state, InJWKSet: in})
			}
			if keys[i].State != state {
				keys[i].State, keys[i].Since = state, c.At
			}
		}
	}
	published := make(map[string]bool)
	for _, k := range v.env.Ring().Published() {
		published[k.ID()] = true
	}
	for i := range keys {
		keys[i].InJWKSet = published[keys[i].ID]
		if k := v.env.Ring().ByID(keys[i].ID); k != nil {
			keys[i].Alg = k.Alg()
		}
	}
	return keys
}

// rotationModes lists the modes, each with what it does.
func rotationModes() []tui.RotationMode {
	titles := map[keyring.Mode]string{
		keyring.PublishThenSign: "publish the new key, but keep signing with the old one",
		keyring.SignAtOnce:      "publish the new key and sign with it immediately",
		keyring.DropOld:         "the same, and remove the old key from the JWK Set",
		keyring.KidReuse:        "give the new key the kid of the old one",
		keyring.Unpublished:     "sign with a key that is never published",
		keyring.Rollback:        "serve the JWK Set from before the last change",
		keyring.Flapping:        "alternate between the last two JWK Sets",
	}
	var modes []tui.RotationMode
	for _, m := range keyring.Modes() {
		modes = append(modes, tui.RotationMode{Name: string(m), Title: titles[m]})
		if m == keyring.PublishThenSign {
			modes = append(modes, tui.RotationMode{
				Name: promote, Title: "sign with the most recently published key",
			})
		}
	}
	return modes
}
