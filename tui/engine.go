package tui

import (
	"context"
	"time"

	"github.com/assay-id/assay/reports"
)

// Engine gives the UI access to the rest of the program. Implementations must be
// safe for concurrent use. All methods but Implementations and Select are called from
// commands and may take a while, which the screen does not wait for.
type Engine interface {
	// Scenarios returns the catalogue in display order. It is called once, at
	// the start. An error ends the UI.
	Scenarios() ([]Scenario, error)

	// Implementations must return at once. It returns what a user may switch to.
	// The first one is selected at the start. There is at least one. A user may
	// also type the name of another one, such as exec:COMMAND.
	Implementations() []Implementation

	// Run starts the scenarios of the request and returns their records. It
	// stops early when ctx ends. An error means that nothing was started.
	Run(ctx context.Context, req RunRequest) (*Stream, error)

	// Measure starts a benchmark or a load in a separate process, so that drawing
	// the screen does not affect the figures, and returns its records. It stops
	// early when ctx ends. An error means that nothing was started.
	Measure(ctx context.Context, req MeasureRequest) (*Stream, error)

	// Select returns the IDs of the scenarios that patterns of assay run
	// select, separated by spaces. An error says why there is none. It must be
	// fast once Scenarios has returned: each key in the palette may call it.
	Select(patterns string) ([]string, error)

	Exporter

	// Estimate returns about how long a measurement takes, 0 if that is not known.
	// An error says what is wrong with the request.
	Estimate(req MeasureRequest) (time.Duration, error)

	// Saved returns the recorded runs and measurements, the latest first. An error says why
	// none is kept.
	Saved() ([]SavedRun, error)

	// Open reads the recording of a run: the name of one that is saved, or
	// that of a file that the user has typed.
	Open(name string) (*reports.Recording, error)

	// Forge returns an ID Token of the mock environment, changed as the flags of
	// assay forge say. Empty changes leave it as it is issued.
	Forge(ctx context.Context, changes string) (string, error)

	// Changes lists ready-made changes for Forge. It must return at once.
	Changes() []TokenChange

	// Examine decodes a token and checks it against the mock environment, or
	// against what it claims itself. The token must not be stored or sent
	// anywhere.
	Examine(ctx context.Context, token string, itself bool) (*TokenReport, error)

	// Opinions has implementations judge a token against the mock environment:
	// the one with this name, which a user may have typed, and all that run in
	// process. A pasted token is shown to the latter only.
	Opinions(ctx context.Context, token string, pasted bool, implementation string) ([]Opinion, error)

	// SaveChange writes a scenario that makes the changes of the latest token
	// that Forge returned, and returns the absolute path of the file. Neither
	// that token nor any other is in it. Errors are those of Export; others say
	// which change a scenario cannot make.
	SaveChange(changes, file string, replace bool) (path string, err error)

	// Causes lists the documented causes of errors, grouped by their code. It
	// must return at once.
	Causes() []Cause

	// Reproduce makes the cause with this name happen against a mock
	// environment of its own, and calls step with each step as it is done. It
	// ends by itself, or soon after ctx ends.
	Reproduce(ctx context.Context, name string, step func(reports.ReproductionStep)) (*reports.Reproduction, error)

	// IdP returns the mock environment, or nil if there is none to show. It is
	// called once, when its screen is first shown.
	IdP() (IdP, error)
}

// Scenario is one entry of the catalogue, as the list shows it before it has
// been run.
type Scenario struct {
	ID, Title, Group string

	Level  reports.Level
	Policy string

	// Code is the documented error code that it reproduces, empty if none.
	// Spec names the clauses, Expect is the expectation in words, such as
	// "reject INVALID_AUDIENCE", and Needs the capabilities that an
	// implementation must declare.
	Code   string
	Spec   []string
	Expect string
	Needs  []string

	// Smoke is set for the small set to try a new adapter with.
	Smoke bool
}

// Implementation is a verifier that can be tested.
type Implementation struct {
	// Name is how it is selected, Title a sentence about it.
	Name, Title string
}

// SavedRun is a recorded run. Name is what [Engine.Open] takes, Title says when
// it was, of what, and what came out, Command which command it is of, and
// Started when it began, zero if that is not known.
type SavedRun struct {
	Name, Title, Command string
	Started              time.Time
}

// TokenChange is a change of a token: what it does, and the flags of assay forge
// that make it.
type TokenChange struct {
	Title, Flags string
}

// TokenReport is what is in a token, compared with an unchanged one where there
// is one, and what a verifier says about it.
type TokenReport struct {
	Token     []reports.Detail
	Diagnosis *reports.Diagnosis
}

// Opinion is what an implementation says about a token.
type Opinion struct {
	Implementation string

	// Verdict is accept, reject or refuse, or empty if it was not asked or did
	// not answer. Reason is its reason, or why there is no verdict.
	Verdict, Reason string
}

// Cause is a documented cause of an error.
type Cause struct {
	// Code is the error code, such as INVALID_AUDIENCE.
	Code string

	// Name is what [Engine.Reproduce] takes, such as
	// INVALID_AUDIENCE/access-token. Empty if the cause cannot be reproduced.
	Name string

	// Text says what is wrong, Do what to do about it. Do may be empty.
	Text, Do string
}

// RunRequest says what to run.
type RunRequest struct {
	// IDs are the scenarios, in the order of the catalogue. There is at least
	// one.
	IDs []string

	// Implementation is the name of one of [Engine.Implementations], or what
	// the user has typed.
	Implementation string

	// Seed repeats an earlier run. Empty leaves the choice to the engine.
	Seed string

	// PolicyFile and Expectations are files of what the implementation does on
	// purpose, and of what it is known to get wrong. Empty means none.
	PolicyFile   string
	Expectations string
}

// MeasureRequest says what to measure.
type MeasureRequest struct {
	// Command is reports.CommandBench or reports.CommandLoad.
	Command string

	// Arguments are those of that command. More are further ones, as a user
	// types them in a shell.
	Arguments []string
	More      string
}

// IdP is the mock environment. Implementations must be safe for concurrent
// use.
type IdP interface {
	// Snapshot returns the current state. It must be cheap: it is called
	// twice a second while the screen is shown. The result must not change
	// later.
	Snapshot() IdPSnapshot

	// Rotate replaces the signing key. Mode is the name of one of the modes
	// of the snapshot. An error says why nothing has changed.
	Rotate(mode string) error

	// Switch turns one of the fault switches of the snapshot on, or off if it
	// is on.
	Switch(id string) error

	// Inject turns a fault on that the user has typed: a switch with
	// attributes such as delay=5s, or the JSON of assay idp ctl faults add.
	Inject(text string) error

	// Undo takes the last rotation back. An error says why it cannot.
	Undo() error

	// Checkup examines the environment as a verifier sees it.
	Checkup(ctx context.Context) (*reports.Checkup, error)

	// Control returns the URL of the control API of the environment, which
	// other commands take.
	Control(ctx context.Context) (string, error)
}

// IdPSnapshot is the state of the mock environment at one moment.
type IdPSnapshot struct {
	// Revision increases with every change: equal revisions mean equal
	// snapshots.
	Revision uint64

	// URL is the Issuer Identifier, Clients are the registered clients, the
	// first of which the tokens are for.
	URL     string
	Clients []IdPClient

	// Texts are what a user may want to copy: credentials and URLs.
	Texts []IdPText

	// Keys are all keys that have signed or been published, oldest first.
	Keys []IdPKey

	// Decoys are the other keys that the JWK Set contains, which never sign.
	Decoys []IdPKey

	// Modes are the ways to rotate the signing key, the usual one first.
	Modes []RotationMode

	// Requests are the latest requests, oldest first; Total counts all since
	// the start.
	Requests []IdPRequest
	Total    uint64

	// Faults describe what the environment currently does wrong, Switches
	// what it could do.
	Faults   []string
	Switches []FaultSwitch
}

// IdPClient is a registered client. Name may be empty.
type IdPClient struct {
	ID, Name string
	Public   bool // it has no secret
}

// IdPKey is one key.
type IdPKey struct {
	// ID is the kid, Alg the algorithm that the key is published with.
	ID, Alg string

	// State is one word: announced, signing, published, retired or decoy. Kind
	// says what a decoy is, such as "EC P-384".
	State string
	Kind  string

	// Since is when the key entered that state.
	Since time.Time

	// InJWKSet reports whether the JWK Set contains the key.
	InJWKSet bool

	// History is what the key has been, oldest first.
	History []KeySpan
}

// KeySpan is what a key was from a moment on.
type KeySpan struct {
	From     time.Time
	State    string // as in [IdPKey]
	InJWKSet bool
}

// IdPText is a text that can be copied, and what it is.
type IdPText struct {
	Name, Text string
}

// RotationMode is one way to rotate.
type RotationMode struct {
	Name string

	// Title describes in a sentence what happens.
	Title string
}

// FaultSwitch is a fault that can be turned on and off. Title says in a few words
// what goes wrong.
type FaultSwitch struct {
	ID, Title string
	On        bool
}

// IdPRequest is one request that the environment answered.
type IdPRequest struct {
	At           time.Time
	Method, Path string
	Keys         bool // it was for the JWK Set
	Status       int
	Bytes        int64
	Took         time.Duration // 0: not answered

	// Fault is the ID of the fault that was applied, or empty.
	Fault     string
	UserAgent string

	// Header are the other fields that the client sent, as far as they are
	// kept. Credentials are not.
	Header []HeaderField
}

// HeaderField is one field of the header of a request.
type HeaderField struct {
	Name, Value string
}
