package main

import (
	"fmt"
	"sync"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/tui"
)

// idpView shows the mock environment of the UI.
type idpView struct {
	server *mockidp.Server
	env    *mockidp.Environment

	mu        sync.Mutex
	rotations int
}

func newIdPView(server *mockidp.Server, env *mockidp.Environment) *idpView {
	return &idpView{server: server, env: env}
}

// Rotate replaces the signing key.
func (v *idpView) Rotate(mode string) error {
	ring := v.env.Ring()
	switch m := keyring.Mode(mode); m {
	case promote:
		published := ring.Published()
		return ring.Promote(published[len(published)-1].ID())
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
	s := tui.IdPSnapshot{
		Revision: ring.Generation()<<32 + uint64(total),
		URL:      v.env.Issuer(), ClientID: v.env.Client().ID, Total: uint64(total),
		Keys: v.keys(), Modes: rotationModes(),
	}
	for _, f := range v.env.Faults().Faults() {
		s.Faults = append(s.Faults, f.ID)
	}
	for _, r := range v.env.Requests() {
		s.Requests = append(s.Requests, tui.IdPRequest{
			At: r.Time, Method: r.Method, Path: r.Path, Status: r.Status, Bytes: r.Bytes,
			Fault: r.FaultID, UserAgent: r.UserAgent,
		})
	}
	return s
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
