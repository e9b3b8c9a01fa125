package reports

import "time"

// SchemaVersion is the version of the record schema that this package writes.
// A change that breaks a reader raises it.
const SchemaVersion = 1

// Kind names the type of a record line.
type Kind string

// The kinds of record, in the order in which they appear in a stream.
const (
	KindHeader   Kind = "header"
	KindPlan     Kind = "plan"
	KindStart    Kind = "start"
	KindCase     Kind = "case"
	KindSample   Kind = "sample"
	KindProgress Kind = "progress"
	KindFooter   Kind = "footer"
)

// The commands that write a stream, as [Header] names them.
const (
	CommandRun   = "run"
	CommandBench = "bench"
	CommandLoad  = "load"
)

// Record is one line of the stream. Exactly the field that Kind names is set.
type Record struct {
	Kind     Kind      `json:"kind"`
	Header   *Header   `json:"header,omitempty"`
	Plan     *Plan     `json:"plan,omitempty"`
	Start    *Start    `json:"start,omitempty"`
	Case     *Case     `json:"case,omitempty"`
	Sample   *Sample   `json:"sample,omitempty"`
	Progress *Progress `json:"progress,omitempty"`
	Footer   *Footer   `json:"footer,omitempty"`
}

// Header opens a stream and says what is needed to repeat the run.
type Header struct {
	SchemaVersion    int            `json:"schema_version"`
	Tool             string         `json:"tool"`
	ToolVersion      string         `json:"tool_version"`
	CatalogueVersion string         `json:"catalogue_version,omitempty"`
	Command          string         `json:"command"` // CommandRun, CommandBench or CommandLoad
	Arguments        []string       `json:"arguments,omitempty"`
	Seed             string         `json:"seed,omitempty"`
	Shard            string         `json:"shard,omitempty"` // such as 1/4: the run is a part of another
	Policy           string         `json:"policy,omitempty"`
	PolicyFile       *PolicyFile    `json:"policy_file,omitempty"` // nil if each case decides
	Implementation   Implementation `json:"implementation"`
	Host             Host           `json:"host"`
	StartedAt        time.Time      `json:"started_at"`
}

// Implementation describes what is under test, as its adapter reports it.
type Implementation struct {
	Name         string   `json:"name"`
	Version      string   `json:"version,omitempty"`
	Language     string   `json:"language,omitempty"`
	Capabilities []string `json:"capabilities,omitempty"`

	// Setup says in a sentence how the adapter sets up the library.
	Setup string `json:"setup,omitempty"`

	// Reasons is how precisely it says why it refuses: "none", "codes" or
	// "reasons". Empty is "reasons".
	Reasons string `json:"reasons,omitempty"`
}

// Host describes the machine of the run.
type Host struct {
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPUModel   string `json:"cpu_model,omitempty"`
	CPUs       int    `json:"cpus"`
	GOMAXPROCS int    `json:"gomaxprocs"`
	Go         string `json:"go"`
}

// Plan lists every case of the run before the first one is executed. A run is
// complete when each of them has been judged.
type Plan struct {
	Cases []PlannedCase `json:"cases"`
}

// PlannedCase is a case in the plan, without an outcome.
type PlannedCase struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Group string `json:"group"`
	Level Level  `json:"level"`

	// Robustness says that a failure helps no attacker: only the issuer's own
	// key can make the token of the case.
	Robustness bool `json:"robustness,omitempty"`
}

// Start says that a case has begun, so that what hangs can be seen. A case that
// is skipped may have none.
type Start struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Level is how binding a scenario is.
type Level string

// The levels, from the wording of the cited clause. LevelHardening is backed by
// a documented attack or outage instead of a normative sentence; LevelInfo is
// behaviour left open, recorded so that implementations can be compared.
const (
	LevelMust      Level = "must"
	LevelShould    Level = "should"
	LevelMay       Level = "may"
	LevelHardening Level = "hardening"
	LevelInfo      Level = "info"
)

// Outcome is how a case ended.
type Outcome string

// The outcomes. OutcomeKnown is a case that failed as the expectations of the
// run predict; OutcomeFixed is one that passed although they predict a failure,
// so that they are out of date. OutcomeAdapter means that what the adapter of
// the implementation said was no answer, which says nothing about the verifier;
// OutcomeInvalid that the machine was too busy to tell; OutcomeError is a
// failure of the harness, never of the implementation.
const (
	OutcomePass    Outcome = "pass"
	OutcomeFail    Outcome = "fail"
	OutcomeSkip    Outcome = "skip"
	OutcomeKnown   Outcome = "known"
	OutcomeFixed   Outcome = "fixed"
	OutcomeCrash   Outcome = "crash"
	OutcomeHang    Outcome = "hang"
	OutcomeAdapter Outcome = "adapter"
	OutcomeInvalid Outcome = "invalid"
	OutcomeError   Outcome = "error"
)

// Outcomes lists every outcome in the order in which summaries print them.
func Outcomes() []Outcome {
	return []Outcome{
		OutcomePass, OutcomeKnown, OutcomeFixed, OutcomeFail, OutcomeCrash, OutcomeHang,
		OutcomeAdapter, OutcomeInvalid, OutcomeError, OutcomeSkip,
	}
}

// Bad reports whether o makes a run red.
func (o Outcome) Bad() bool {
	return o != OutcomePass && o != OutcomeSkip && o != OutcomeKnown
}

// Case is the result of one scenario against one implementation.
type Case struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Group   string   `json:"group"`
	Level   Level    `json:"level"`
	Policy  string   `json:"policy,omitempty"`
	Spec    []string `json:"spec,omitempty"`
	Outcome Outcome  `json:"outcome"`

	// File and Line are where the scenario is written. A file of the built-in
	// catalogue is named from the root of the module.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`

	// Robustness says the same as that of the plan.
	Robustness bool `json:"robustness,omitempty"`

	// Code is the error code that Char documents for this case, such as
	// INVALID_ISSUER. Empty if there is none.
	Code string `json:"code,omitempty"`

	// Documented is the cause of Code that the case reproduces. Nil if there
	// is none.
	Documented *Documented `json:"documented,omitempty"`

	// Want and Got are the expectation and the answer in words, such as
	// "reject INVALID_AUDIENCE" and "accept".
	Want string `json:"want"`
	Got  string `json:"got,omitempty"`

	// Answer is what the implementation answered to the one token of the case,
	// or of the variant that Evidence is from. Nil for a sequence, and if there
	// was no answer.
	Answer *Answer `json:"answer,omitempty"`

	// ReasonUnknown marks a pass for which the implementation gave no reason
	// that could be compared.
	ReasonUnknown bool `json:"reason_unknown,omitempty"`

	// ReasonDiffers marks a right verdict for another reason than the expected
	// one. It is a pass, or a failure of a run that is strict about reasons.
	ReasonDiffers bool `json:"reason_differs,omitempty"`

	// Why explains a skip (the missing capability) or an error, or quotes the
	// expectations of the run for the case.
	Why string `json:"why,omitempty"`

	Evidence *Evidence `json:"evidence,omitempty"`

	// Variants are those that did not pass, of a case that has several. Evidence
	// is from the first.
	Variants []Variant `json:"variants,omitempty"`

	// Causes and Advice are the troubleshooting text for a case that did not
	// pass, most likely cause first.
	Causes []string `json:"causes,omitempty"`
	Advice []string `json:"advice,omitempty"`

	// Repeat is the command that runs this case again with the same seed.
	Repeat string `json:"repeat,omitempty"`

	DurationMillis float64 `json:"duration_ms"`
}

// Answer is an answer of an implementation to one token.
type Answer struct {
	Verdict string `json:"verdict"`          // accept, reject or refuse
	Reason  string `json:"reason,omitempty"` // empty if it gave none

	// Subject is the sub that it reports: a string, or the JSON text of
	// another value. Nil if it reports none.
	Subject *string `json:"subject,omitempty"`
}

// Variant is the result of one variant of a case.
type Variant struct {
	Number  int     `json:"number"` // from 1
	Is      string  `json:"is"`     // its values
	Outcome Outcome `json:"outcome"`
	Got     string  `json:"got,omitempty"`
	Why     string  `json:"why,omitempty"`
}

// Documented is a cause that Char's troubleshooting page names for a code.
type Documented struct {
	Name string `json:"name"` // such as "issuer.exact"
	Text string `json:"text"` // what is wrong
	Do   string `json:"do"`   // what to do about it
}

// Evidence records what was observed while a case was executed.
type Evidence struct {
	// Changes describe the differences from the baseline token or the good
	// environment, one per entry.
	Changes []string `json:"changes,omitempty"`

	// Before and After are the token without and with the change. Nil if the
	// case has no single token. Before is signed only if its header and its
	// payload are those of After.
	Before *Token `json:"before,omitempty"`
	After  *Token `json:"after,omitempty"`

	Steps    []Step    `json:"steps,omitempty"`
	Requests []Request `json:"requests,omitempty"`
	Notes    []string  `json:"notes,omitempty"`
}

// Token is a forged token, decoded as far as it can be. The texts are cut to
// [MaxTokenText] bytes; Bytes is the full length of the compact form, 0 if the
// token is not signed.
type Token struct {
	Header    string `json:"header,omitempty"`
	Payload   string `json:"payload,omitempty"`
	Signature string `json:"signature,omitempty"`
	Compact   string `json:"compact,omitempty"`
	Bytes     int    `json:"bytes"`
}

// MaxTokenText is the most bytes of each text of a [Token] that a record keeps:
// enough for every realistic token, and small enough that a record of a
// one-mebibyte token stays readable.
const MaxTokenText = 4096

// Step is one step of a sequence.
type Step struct {
	Do             string  `json:"do"`
	Want           string  `json:"want,omitempty"`
	Got            string  `json:"got,omitempty"`
	OK             bool    `json:"ok"`
	DurationMillis float64 `json:"duration_ms"`

	// Fetches is how many requests for metadata and keys the environment
	// received during the step.
	Fetches int `json:"fetches,omitempty"`
}

// Request is one request that the mock environment received.
type Request struct {
	Method    string  `json:"method"`
	Path      string  `json:"path"`
	Status    int     `json:"status"`
	Bytes     int64   `json:"bytes"`
	Fault     string  `json:"fault,omitempty"`
	UserAgent string  `json:"user_agent,omitempty"`
	AtMillis  float64 `json:"at_ms"` // since the case began
}

// Progress says how far a run has come, in cases or requests; in a load of
// virtual users, in seconds. Readers may drop it.
type Progress struct {
	Done    int    `json:"done"`
	Total   int    `json:"total"`
	Message string `json:"message,omitempty"`

	// LeftSeconds is about how long a measurement will still take. Zero if that
	// is not known.
	LeftSeconds float64 `json:"left_s,omitempty"`

	// Capacity is what a search for the capacity has found so far. Nil for
	// anything else.
	Capacity *Capacity `json:"capacity,omitempty"`
}

// Footer closes a stream.
type Footer struct {
	// Planned and Judged count cases. They are equal in a complete run.
	Planned int             `json:"planned"`
	Judged  int             `json:"judged"`
	Counts  map[Outcome]int `json:"counts,omitempty"`

	// Thresholds are the load or bench thresholds and how each was met.
	Thresholds []Threshold `json:"thresholds,omitempty"`

	// Unused lists the lines of the expectations that no longer match
	// anything, in words. They make the run red.
	Unused []string `json:"unused,omitempty"`

	// Invalid lists the reasons why the measurement must not be used.
	Invalid []string `json:"invalid,omitempty"`

	// Interrupted is set when the run was stopped before its end.
	Interrupted bool `json:"interrupted,omitempty"`

	// Stopped says why the run ended by itself before every case was judged:
	// the implementation gives no answers.
	Stopped string `json:"stopped,omitempty"`

	// Aborted says why a load was ended before its time. Nil if it was not.
	Aborted *Abort `json:"aborted,omitempty"`

	// Capacity is what a search for the capacity of a target found. Nil for any
	// other run.
	Capacity *Capacity `json:"capacity,omitempty"`

	// Coverage says which part of the catalogue a deployed service was asked.
	// Nil for other implementations.
	Coverage *Coverage `json:"coverage,omitempty"`

	// Part says which part of a distributed load it was. Nil for a whole one.
	Part *Part `json:"part,omitempty"`

	DurationSeconds float64   `json:"duration_s"`
	EndedAt         time.Time `json:"ended_at"`
}

// The verdicts on a [Threshold]. VerdictUndecided means that the samples do not
// support a verdict, so that "slow" never looks like "could not tell".
const (
	VerdictMet       = "met"
	VerdictMissed    = "missed"
	VerdictUndecided = "undecided"
)

// Threshold is one condition on a measurement and its verdict: VerdictMet,
// VerdictMissed or VerdictUndecided.
type Threshold struct {
	Expression string `json:"expression"`
	Got        string `json:"got"`
	Verdict    string `json:"verdict"`
}

// Green reports whether the totals are from a successful run: it finished
// and judged every planned case, nothing failed, no expectation is unused,
// every threshold was met and the measurement is valid. A footer does not know
// whether anything was selected at all; [Summary.Green] does.
func (f *Footer) Green() bool {
	if f.Interrupted || f.Stopped != "" || f.Aborted != nil || f.Planned != f.Judged || len(f.Invalid) > 0 || len(f.Unused) > 0 {
		return false
	}
	for outcome, n := range f.Counts {
		if n > 0 && outcome.Bad() {
			return false
		}
	}
	for _, t := range f.Thresholds {
		if t.Verdict != VerdictMet {
			return false
		}
	}
	return true
}
