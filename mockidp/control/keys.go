package control

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

func keys(_ *http.Request, e *mockidp.Environment) (any, error) {
	ring := e.Ring()
	out := Keys{
		Generation: ring.Generation(),
		Signing:    key(ring.Signing()),
		Published:  []Key{},
		Decoys:     []Decoy{},
		Changes:    []Change{},
	}
	for _, k := range ring.Published() {
		out.Published = append(out.Published, key(k))
	}
	for _, k := range e.Decoys() {
		out.Decoys = append(out.Decoys, Decoy{ID: text(k, "kid"), Alg: text(k, "alg")})
	}
	for _, c := range ring.Changes() {
		out.Changes = append(out.Changes, Change{
			Generation: c.Generation, At: c.At, Cause: c.Cause, Signing: c.Signing, Published: list(c.Published),
		})
	}
	if s := ring.Schedule(); s.Every > 0 {
		out.Rotation = &Rotation{
			Every: Duration(s.Every), Overlap: Duration(s.Overlap), Mode: s.Mode,
		}
	}
	return out, nil
}

// text returns a member that is a string, or nothing.
func text(k keyring.JWK, name string) string {
	value, _ := k.Get(name)
	s, _ := value.(string)
	return s
}

func key(k *keyring.Key) Key { return Key{ID: k.ID(), Alg: k.Alg()} }

// keyMaterials is how many keys a ring that is rotated from outside can have
// before the material of the first one is reused under another key ID. A
// server keeps all key material that it has made.
const keyMaterials = 64

// nextKey returns the key for one turn, with a key ID that the environment
// has not had for any other turn. An environment that is created again with
// the same seed gets the same keys.
func (s *Server) nextKey(
	e *mockidp.Environment, kind string, turn uint64, alg string,
) (*keyring.Key, error) {
	alg = cmp.Or(alg, e.Ring().Signing().Alg())
	if err := knownAlg(alg); err != nil {
		return nil, invalid(err)
	}
	material := s.idp.Keys().Key(fmt.Sprintf("control %s %d", kind, turn%keyMaterials), alg)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d", material.ID(), e.Name(), kind, turn))
	const least = 1e16 // seventeen digits, like the IDs of a Source
	return material.WithID(fmt.Sprint("snk_",
		least+binary.BigEndian.Uint64(sum[:8])%(9*least))), nil
}

func (s *Server) rotate(r *http.Request, e *mockidp.Environment) (any, error) {
	var turn Turn
	if err := read(r, &turn); err != nil {
		return nil, err
	}
	var next *keyring.Key
	if turn.Mode != keyring.Rollback {
		var err error
		if next, err = s.nextKey(e, "rotation", e.Ring().Generation()+1, turn.Alg); err != nil {
			return nil, err
		}
	}
	if err := e.Ring().Rotate(turn.Mode, next); err != nil {
		return nil, invalid(err)
	}
	return keys(r, e)
}

func promote(r *http.Request, e *mockidp.Environment) (any, error) {
	return withPublished(r, e, e.Ring().Promote)
}

func retire(r *http.Request, e *mockidp.Environment) (any, error) {
	return withPublished(r, e, e.Ring().Retire)
}

// withPublished does something to the key that the request names.
func withPublished(
	r *http.Request, e *mockidp.Environment, do func(kid string) error,
) (any, error) {
	var named Named
	if err := read(r, &named); err != nil {
		return nil, err
	}
	if published := e.Ring().Published(); named.ID == "" && len(published) > 0 {
		named.ID = published[len(published)-1].ID()
	}
	if err := do(named.ID); err != nil {
		return nil, invalid(err)
	}
	return keys(r, e)
}

// scheduleKeys is how many keys take turns in a schedule.
const scheduleKeys = 3

func (s *Server) follow(r *http.Request, e *mockidp.Environment) (any, error) {
	var asked Rotation
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	if asked.Every <= 0 {
		return nil, invalid(fmt.Errorf("every is %v, want more than 0", time.Duration(asked.Every)))
	}
	var turns []*keyring.Key
	for i := range scheduleKeys {
		next, err := s.nextKey(e, "schedule", uint64(i), "")
		if err != nil {
			return nil, err
		}
		turns = append(turns, next)
	}
	if err := e.Ring().Follow(asked.schedule(turns)); err != nil {
		return nil, invalid(err)
	}
	return keys(r, e)
}

func unfollow(r *http.Request, e *mockidp.Environment) (any, error) {
	if err := e.Ring().Follow(keyring.Schedule{}); err != nil {
		return nil, err
	}
	return keys(r, e)
}

// apply makes an environment serve its keys like this from now on.
func (s Serving) apply(e *mockidp.Environment) error {
	err := e.Publish(func(p *mockidp.Publication) {
		p.WellKnown, p.StaleJWKSet, p.KeysHeader = s.WellKnownJWKS, nil, s.KeysHeader
	})
	if err != nil {
		return fmt.Errorf("well_known_jwks: %w", err)
	}
	return nil
}

func serve(r *http.Request, e *mockidp.Environment) (any, error) {
	var asked Serving
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	if err := asked.apply(e); err != nil {
		return nil, invalid(err)
	}
	return nil, nil
}
