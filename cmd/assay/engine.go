package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/tui"
)

// engine gives the UI access to the rest of the program. What takes long is
// opened when it is asked for, after the first frame.
type engine struct {
	app       *app
	opts      uiFlags
	catalogue func() (*scenarios.Catalogue, error)

	recordErr atomic.Pointer[error] // why the latest run was not recorded

	mu      sync.Mutex
	server  *mockidp.Server // nil until the environment is needed
	control *control.Server // of that server, nil until it is needed
	view    *idpView
	forgery forgery
}

func newEngine(ctx context.Context, a *app, opts uiFlags) (*engine, error) {
	e := &engine{app: a, opts: opts}
	e.catalogue = sync.OnceValues(func() (*scenarios.Catalogue, error) { return openCatalogue(opts.catalog) })
	// What a user got wrong is best reported before the screen is drawn.
	if len(opts.catalog) > 0 {
		if _, err := e.catalogue(); err != nil {
			return nil, err
		}
	}
	implementation, err := openImplementation(ctx, opts.implementation, implementations.ExecOptions{})
	if err != nil {
		return nil, err
	}
	return e, implementation.Close()
}

func (e *engine) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.control != nil {
		// An error means that a request was still served, which ends with the
		// process.
		_ = e.control.Close(context.Background())
	}
	if e.server != nil {
		closeServer(e.server)
	}
}

func (e *engine) Scenarios() ([]tui.Scenario, error) {
	c, err := e.catalogue()
	if err != nil {
		return nil, err
	}
	var list []tui.Scenario
	for _, s := range c.All() {
		expect := s.Expect.String()
		if len(s.Steps) > 0 {
			expect = fmt.Sprintf("%d steps", len(s.Steps))
		}
		list = append(list, tui.Scenario{
			ID: s.ID, Title: s.Title, Group: s.Group.Name, Level: reports.Level(s.Level),
			Policy: s.PolicyName(), Code: s.Code, Spec: s.Spec, Expect: expect, Needs: s.Needs, Smoke: s.Smoke,
		})
	}
	return list, nil
}

// IdP returns the environment that the UI shows.
func (e *engine) IdP() (tui.IdP, error) {
	view, err := e.environment()
	if err != nil {
		return nil, err // not a nil pointer in an interface
	}
	return view, nil
}

// environment returns the environment, and starts it the first time.
func (e *engine) environment() (*idpView, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.view != nil {
		return e.view, nil
	}
	ctx := context.Background() // close ends the server
	server, err := mockidp.Start(ctx, mockidp.Config{})
	if err != nil {
		return nil, err
	}
	env, err := server.NewEnvironment("", mockidp.EnvironmentConfig{})
	if err != nil {
		return nil, errors.Join(err, server.Close(ctx))
	}
	e.server, e.view = server, newIdPView(server, env, e.controlURL)
	return e.view, nil
}

// Implementations returns the implementation named on the command line, which
// may be a program or a URL, followed by the built-in ones.
func (e *engine) Implementations() []tui.Implementation {
	all := []tui.Implementation{{Name: e.opts.implementation}}
	titles := implementations.Titles()
	for _, name := range implementations.Names() {
		if name == e.opts.implementation {
			all[0].Title = titles[name]
			continue
		}
		all = append(all, tui.Implementation{Name: name, Title: titles[name]})
	}
	return all
}

// record returns an emit that also writes to a recording, and what ends that.
// A run goes on if it cannot be recorded, which the list of runs explains.
func (e *engine) record(emit func(reports.Record) error) (both func(reports.Record) error, done func()) {
	nothing := func() {}
	folder, err := e.recordings()
	if err != nil {
		return emit, nothing
	}
	file, err := folder.create(time.Now())
	if err != nil {
		e.recordErr.Store(&err)
		return emit, nothing
	}
	e.recordErr.Store(nil)
	w := reports.NewWriter(file) // unbuffered: what is judged is kept
	return func(r reports.Record) error {
			if err := w.Handle(r); err != nil {
				e.recordErr.Store(&err)
			}
			return emit(r)
		}, func() {
			if err := file.Close(); err != nil {
				e.recordErr.Store(&err)
			}
		}
}

// recordings returns where runs are recorded, or why they are not.
func (e *engine) recordings() (recordings, error) {
	if e.opts.noState {
		return recordings{}, errors.New("runs are not kept: --no-state is set")
	}
	return e.app.recordings()
}

// Saved returns the recorded runs.
func (e *engine) Saved() ([]tui.SavedRun, error) {
	folder, err := e.recordings()
	if err != nil {
		return nil, err
	}
	saved, err := folder.list()
	if failed := e.recordErr.Load(); err == nil && failed != nil {
		return nil, fmt.Errorf("the latest run was not recorded: %w", *failed)
	}
	return saved, err
}

// Open reads a recorded run or measurement.
func (e *engine) Open(name string) (*reports.Recording, error) {
	return e.app.readRecording(context.Background(), name)
}
