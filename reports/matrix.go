package reports

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Matrix compares implementations: how each did in the groups and levels of
// the catalogue, what each answered in every case, and how each behaves over
// time. It has no score: levels, skips and robustness are counted apart. It is
// not a line of a stream.
type Matrix struct {
	Tool            string                 `json:"tool"`
	ToolVersion     string                 `json:"tool_version"`
	Implementations []MatrixImplementation `json:"implementations"`

	// Groups are in the order of the catalogue.
	Groups []MatrixGroup `json:"groups"`

	// Cases begin with those in which the implementations disagree, then come
	// those that all get wrong, those that all get right, and those that
	// nobody was judged in. Within that they are ordered by level.
	Cases []MatrixCase `json:"cases"`

	Behaviour []MatrixBehaviour `json:"behaviour"`
}

// MatrixImplementation is one of those that are compared. The lists of a
// [Matrix] have their entries in the order of the implementations.
type MatrixImplementation struct {
	Name           string         `json:"name"` // in this matrix
	Implementation Implementation `json:"implementation"`
	Catalogue      string         `json:"catalogue,omitempty"`
	Seed           string         `json:"seed,omitempty"`
	PolicyFile     *PolicyFile    `json:"policy_file,omitempty"`

	// Failure says why there is no result, or only a part of one.
	Failure string `json:"failure,omitempty"`

	// Unused are the lines of its expectations that match nothing any longer.
	Unused []string `json:"unused,omitempty"`

	// Again is the command that repeats it, with CASE for the ID of a case.
	Again string `json:"again,omitempty"`

	Total MatrixTally `json:"total"`
}

// MatrixTally counts cases.
type MatrixTally struct {
	Levels map[Level]MatrixCount `json:"levels"`

	Skipped int `json:"skipped,omitempty"`

	// Unknown counts the cases of the plan without a judgement: not reached,
	// or at fault were the adapter, the harness or a busy machine.
	Unknown int `json:"unknown,omitempty"`
}

// MatrixCount counts verdicts of one level.
type MatrixCount struct {
	Right int `json:"right"`
	Wrong int `json:"wrong"`

	// Robustness is how many of Wrong help no attacker.
	Robustness int `json:"robustness,omitempty"`
}

// MatrixGroup is one group of the catalogue.
type MatrixGroup struct {
	Name    string        `json:"name"`
	Tallies []MatrixTally `json:"tallies"`
}

// MatrixCase is one case.
type MatrixCase struct {
	ID         string       `json:"id"`
	Title      string       `json:"title"`
	Group      string       `json:"group"`
	Level      Level        `json:"level"`
	Robustness bool         `json:"robustness,omitempty"`
	Spec       []string     `json:"spec,omitempty"`
	Want       string       `json:"want,omitempty"`
	Agreement  Agreement    `json:"agreement"`
	Cells      []MatrixCell `json:"cells"`
}

// Agreement says how the answers to a case compare.
type Agreement string

// The agreements, in the order of the cases of a [Matrix].
const (
	AgreementNone    Agreement = "disagree"
	AgreementWrong   Agreement = "all wrong"
	AgreementRight   Agreement = "all right"
	AgreementUnknown Agreement = "not judged"
)

// Agreements lists every agreement in the order in which reports print them.
func Agreements() []Agreement {
	return []Agreement{AgreementNone, AgreementWrong, AgreementRight, AgreementUnknown}
}

// MatrixCell is what one implementation did in one case.
type MatrixCell struct {
	// Standing is "right", "wrong", or "unknown" without a judgement.
	Standing string `json:"standing"`

	// Outcome is empty if the case was not reached or not selected.
	Outcome Outcome `json:"outcome,omitempty"`
	Answer  *Answer `json:"answer,omitempty"` // nil for a sequence

	// ReasonDiffers marks a right verdict for another reason than wanted.
	ReasonDiffers bool `json:"reason_differs,omitempty"`

	Got   string `json:"got,omitempty"`
	Why   string `json:"why,omitempty"`
	Again string `json:"again,omitempty"` // the command that repeats the cell
}

// MatrixRun is the run of one implementation. It is a [Handler] that collects
// a stream and keeps no tokens.
type MatrixRun struct {
	Name    string // in the matrix
	Failure string // why there is no run, or only a part of one

	recording Recording
}

// ReadMatrixRun reads a recorded run, as [ReadRecording] does.
func ReadMatrixRun(name string, records iter.Seq2[Record, error]) (*MatrixRun, error) {
	r := &MatrixRun{Name: name, recording: Recording{Name: name}}
	return r, r.recording.collect(r, records, CommandRun)
}

// Handle adds r. It never returns an error.
func (r *MatrixRun) Handle(record Record) error {
	if record.Case != nil {
		c := *record.Case
		if c.Evidence != nil {
			c.Evidence = &Evidence{Steps: c.Evidence.Steps}
		}
		c.Causes, c.Advice, c.Variants = nil, nil, nil
		record.Case = &c
	}
	return r.recording.Handle(record)
}

// Close does nothing and returns nil.
func (r *MatrixRun) Close() error { return nil }

// Green reports whether the run was judged as its expectations say.
func (r *MatrixRun) Green() bool {
	f := r.recording.Footer
	return r.Failure == "" && f != nil && f.Green()
}

// OnlyBusy reports whether all that is wrong with the run is that the machine
// was too busy to judge some cases.
func (r *MatrixRun) OnlyBusy() bool {
	f := r.recording.Footer
	if r.Failure != "" || f == nil || f.Counts[OutcomeInvalid] == 0 {
		return false
	}
	rest := *f
	rest.Counts = maps.Clone(f.Counts)
	delete(rest.Counts, OutcomeInvalid)
	return rest.Green()
}

// NewMatrix compares runs. There must be at least one.
func NewMatrix(tool, version string, runs []*MatrixRun) *Matrix {
	m := &Matrix{Tool: tool, ToolVersion: version, Groups: []MatrixGroup{}, Cases: []MatrixCase{}, Behaviour: []MatrixBehaviour{}}
	judged := make([]map[string]*Case, len(runs))
	plans := make([]map[string]bool, len(runs))
	for i, r := range runs {
		judged[i], plans[i] = r.recording.judged(), make(map[string]bool)
		for _, p := range r.recording.Plan {
			plans[i][p.ID] = true
		}
		m.Implementations = append(m.Implementations, r.describe())
	}
	for _, p := range union(runs) {
		c := MatrixCase{ID: p.ID, Title: p.Title, Group: p.Group, Level: p.Level, Robustness: p.Robustness}
		for i := range runs {
			cell := matrixCell(judged[i][p.ID])
			if cell.Again == "" && plans[i][p.ID] {
				cell.Again = strings.Replace(m.Implementations[i].Again, caseInCommand, p.ID, 1)
			}
			if result := judged[i][p.ID]; result != nil {
				c.Want, c.Spec = cmp.Or(c.Want, result.Want), result.Spec
			}
			c.Cells = append(c.Cells, cell)
			// One that did not start has no plan, and was to run everything.
			if plans[i][p.ID] || len(plans[i]) == 0 {
				m.count(p, i, judged[i][p.ID])
			}
		}
		c.Agreement = agreement(c.Cells)
		m.Cases = append(m.Cases, c)
	}
	m.Behaviour = behaviour(judged)
	slices.SortStableFunc(m.Cases, func(a, b MatrixCase) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Agreements(), a.Agreement), slices.Index(Agreements(), b.Agreement)),
			cmp.Compare(slices.Index(Levels(), a.Level), slices.Index(Levels(), b.Level)),
		)
	})
	return m
}

// Levels lists every level, the most binding first.
func Levels() []Level {
	return []Level{LevelMust, LevelShould, LevelMay, LevelHardening, LevelInfo}
}

// caseInCommand is replaced by the ID of a case in the command that repeats a
// row.
const caseInCommand = "CASE"

func (r *MatrixRun) describe() MatrixImplementation {
	i := MatrixImplementation{Name: r.Name, Failure: r.Failure, Total: MatrixTally{Levels: make(map[Level]MatrixCount)}}
	if h := r.recording.Header; h != nil {
		i.Implementation, i.Catalogue, i.Seed, i.PolicyFile = h.Implementation, h.CatalogueVersion, h.Seed, h.PolicyFile
	}
	switch f := r.recording.Footer; {
	case f == nil:
		i.Failure = cmp.Or(i.Failure, "the recording is incomplete")
	case f.Stopped != "":
		i.Failure = cmp.Or(i.Failure, f.Stopped)
	case f.Interrupted:
		i.Failure = cmp.Or(i.Failure, "the run was interrupted")
	default:
		i.Unused = f.Unused
	}
	for _, c := range r.recording.Cases {
		if c.Repeat != "" {
			i.Again = strings.Replace(c.Repeat, "assay run "+c.ID, "assay run "+caseInCommand, 1)
			break
		}
	}
	return i
}

// union returns the cases of all plans, in the order of the first plan that has
// them.
func union(runs []*MatrixRun) []PlannedCase {
	var all []PlannedCase
	seen := make(map[string]bool)
	for _, r := range runs {
		for _, p := range r.recording.Plan {
			if !seen[p.ID] {
				seen[p.ID] = true
				all = append(all, p)
			}
		}
	}
	return all
}

// count adds a case of implementation i to its total and its group.
func (m *Matrix) count(p PlannedCase, i int, c *Case) {
	at := slices.IndexFunc(m.Groups, func(g MatrixGroup) bool { return g.Name == p.Group })
	if at < 0 {
		at = len(m.Groups)
		g := MatrixGroup{Name: p.Group}
		for range m.Implementations {
			g.Tallies = append(g.Tallies, MatrixTally{Levels: make(map[Level]MatrixCount)})
		}
		m.Groups = append(m.Groups, g)
	}
	m.Implementations[i].Total.add(p, c)
	m.Groups[at].Tallies[i].add(p, c)
}

func (t *MatrixTally) add(p PlannedCase, c *Case) {
	n := t.Levels[p.Level]
	switch standingOf(c) {
	case right:
		n.Right++
	case wrong:
		n.Wrong++
		if p.Robustness {
			n.Robustness++
		}
	default:
		if c != nil && c.Outcome == OutcomeSkip {
			t.Skipped++
		} else {
			t.Unknown++
		}
		return
	}
	t.Levels[p.Level] = n
}

// matrixCell returns the cell of a case; c is nil if it was not judged.
func matrixCell(c *Case) MatrixCell {
	cell := MatrixCell{Standing: standingOf(c).String()}
	if c != nil {
		cell.Outcome, cell.Answer, cell.ReasonDiffers = c.Outcome, c.Answer, c.ReasonDiffers
		cell.Got, cell.Why, cell.Again = cmp.Or(c.Got, silence(c.Outcome)), c.Why, c.Repeat
	}
	return cell
}

// The words for the standings in a [MatrixCell].
const (
	StandingRight   = "right"
	StandingWrong   = "wrong"
	StandingUnknown = "unknown"
)

// String returns the word for s.
func (s standing) String() string {
	return []string{wrong: StandingWrong, unknown: StandingUnknown, right: StandingRight}[s]
}

// agreement compares the cells that have a judgement.
func agreement(cells []MatrixCell) Agreement {
	first, all := "", AgreementUnknown
	for _, c := range cells {
		if c.Standing == StandingUnknown {
			continue
		}
		answer := c.Standing
		if c.Answer != nil {
			answer += c.Answer.Verdict
		}
		switch {
		case first == "":
			first, all = answer, map[string]Agreement{StandingRight: AgreementRight, StandingWrong: AgreementWrong}[c.Standing]
		case answer != first:
			return AgreementNone
		}
	}
	return all
}

// Word returns the cell in one or two words.
func (c MatrixCell) Word() string {
	switch {
	case c.Outcome == "":
		return notJudged
	case c.Outcome == OutcomeSkip:
		return "skipped"
	case c.Standing == StandingUnknown, c.Outcome == OutcomeCrash, c.Outcome == OutcomeHang:
		return string(c.Outcome)
	case c.Answer != nil:
		return c.Answer.Verdict
	case c.Standing == StandingRight:
		return "as wanted"
	}
	return "not as wanted"
}

// Note returns what else there is to know about the cell: reason and subject
// of the answer, or why it is wrong or was not judged. It is through [Escape].
func (c MatrixCell) Note() string {
	var parts []string
	if a := c.Answer; a != nil && c.Standing != StandingUnknown {
		if a.Reason != "" {
			parts = append(parts, a.Reason)
		}
		if a.Subject != nil {
			parts = append(parts, fmt.Sprintf("sub %q", *a.Subject))
		}
		if _, but, ok := strings.Cut(c.Got, ", but "); ok && c.Standing == StandingWrong {
			parts = append(parts, "but "+but)
		}
		return Escape(strings.Join(parts, ", "))
	}
	switch {
	case c.Outcome == OutcomeSkip:
		return shorten(Escape(c.Why))
	case c.Standing == StandingRight:
		return ""
	}
	return shorten(Escape(c.Got))
}
