package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/verifier"
)

// own holds a mock environment and a service that trusts it, both in this
// process and on loopback.
type own struct {
	idp      *mockidp.Server
	env      *mockidp.Environment
	next     []*keyring.Key // for rotations
	verifier *verifier.Verifier
	url      string

	stop   context.CancelFunc
	served chan error
}

// startOwn starts both. ctx bounds the start.
func startOwn(ctx context.Context, p plan) (_ *own, err error) {
	o := new(own)
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	// For the mock environment, a seed of zero means a random one.
	if o.idp, err = mockidp.Start(ctx, mockidp.Config{Seed: cmp.Or(p.Seed, golden)}); err != nil {
		return nil, fmt.Errorf("starting the mock environment: %w", err)
	}
	key := o.idp.Keys().Key("load", p.Alg)
	o.env, err = o.idp.NewEnvironment("load", mockidp.EnvironmentConfig{Signing: []*keyring.Key{key}})
	if err != nil {
		return nil, fmt.Errorf("starting the mock environment: %w", err)
	}
	for i, e := range p.Events {
		if e.Do == EventRotate { // making a key during the load would delay it
			o.next = append(o.next, o.idp.Keys().Key(fmt.Sprint("load ", i), p.Alg))
		}
	}
	o.verifier, err = verifier.New(verifier.Config{
		Issuer:     o.env.Issuer(),
		Audience:   []string{o.env.Client().ID},
		Algorithms: []verifier.Algorithm{verifier.Algorithm(p.Alg)},
		Allow:      verifier.Allowances{LoopbackHTTP: true},
	})
	if err != nil {
		return nil, err
	}
	if err = o.verifier.Ready(ctx); err != nil {
		return nil, fmt.Errorf("fetching the keys of the mock environment: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o.url = "http://" + listener.Addr().String() + VerifyPath
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	o.stop, o.served = stop, make(chan error, 1)
	go func() { o.served <- Serve(serving, listener, NewService(o.verifier, ServiceOptions{}), ServeOptions{}) }()
	return o, nil
}

// provider returns the environment with the key that signs now.
func (o *own) provider() corpus.Provider {
	return corpus.Provider{Issuer: o.env.Issuer(), ClientID: o.env.Client().ID, Key: o.env.Ring().Signing()}
}

// Rotate implements [Environment]. It is called as often as there are events.
func (o *own) Rotate(_ context.Context, mode keyring.Mode) (kid string, err error) {
	next := o.next[0]
	o.next = o.next[1:]
	err = o.env.Ring().Rotate(mode, next)
	return o.env.Ring().Signing().ID(), err
}

// Promote implements [Environment].
func (o *own) Promote(context.Context) (kid string, err error) {
	published := o.env.Ring().Published()
	err = o.env.Ring().Promote(published[len(published)-1].ID())
	return o.env.Ring().Signing().ID(), err
}

// Populate implements [Environment].
func (o *own) Populate(_ context.Context, f fault.Fault) error { return o.env.Faults().Populate(f) }

// RemoveFault implements [Environment].
func (o *own) RemoveFault(_ context.Context, id string) error {
	o.env.Faults().Remove(id)
	return nil
}

// close ends what was started and waits for it.
func (o *own) close() error {
	var errs []error
	if o.stop != nil {
		o.stop()
		errs = append(errs, <-o.served)
	}
	if o.verifier != nil {
		errs = append(errs, o.verifier.Close())
	}
	if o.idp != nil {
		errs = append(errs, o.idp.Close(context.Background()))
	}
	return errors.Join(errs...)
}
