package load

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
)

// What events do to the built-in environment is what its JWK Set shows.
func TestItsOwnEnvironmentIsChanged(t *testing.T) {
	t.Parallel()
	o, err := startOwn(t.Context(), plan{Options: Options{Alg: "ES256", Seed: 1, Events: []Event{{Do: EventRotate}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := o.close(); err != nil {
			t.Error(err)
		}
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	reachable := func() bool {
		answer, err := client.Get(o.env.JWKSURI())
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil
	}
	ctx := context.Background()
	if err := o.Populate(ctx, outage()); err != nil || reachable() {
		t.Errorf("Populate = %v, and the JWK Set can be fetched during the outage: %t", err, reachable())
	}
	if err := o.RemoveFault(ctx, outage().ID); err != nil || !reachable() {
		t.Errorf("RemoveFault = %v, and the JWK Set can be fetched after the outage: %t", err, reachable())
	}
	if err := o.Populate(ctx, fault.Fault{ID: "x", Kind: "spin"}); err == nil {
		t.Error("Populate accepts a kind that nobody knows")
	}
	old := o.provider().Key.ID()
	if kid, err := o.Rotate(ctx, keyring.PublishThenSign); err != nil || kid != old {
		t.Errorf("Rotate = %s, %v, want %s to sign still", kid, err, old)
	}
	if kid, err := o.Promote(ctx); err != nil || kid == old || kid != o.provider().Key.ID() {
		t.Errorf("Promote = %s, %v, want the new key to sign", kid, err)
	}
}
