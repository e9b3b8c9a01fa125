package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// The files that keep what is known of the mutants. Mutants that were killed are
// many and of no interest, so that only a digest of each is kept.
const (
	survivorsFile = "scenarios/mutants/survivors.txt"
	killedFile    = "scenarios/mutants/killed.txt"
)

// record is what earlier runs have found.
type record struct {
	root      string
	survivors map[string]Status // by key
	killed    map[string]bool   // by digest
}

// digest is how the list of the killed names a key.
func (k key) digest() string {
	sum := sha256.Sum256([]byte(k.String()))
	return hex.EncodeToString(sum[:6])
}

// of returns the status that m had, and "" if it is new.
func (r *record) of(m *Mutant) Status {
	if r.killed[m.digest()] {
		return Killed
	}
	return r.survivors[m.key.String()]
}

func readRecord(root string) (*record, error) {
	r := &record{root: root, survivors: make(map[string]Status), killed: make(map[string]bool)}
	survivors, err := os.ReadFile(filepath.Join(root, survivorsFile))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(survivors)) {
		status, k, _ := strings.Cut(strings.TrimSpace(line), "\t")
		r.survivors[k] = Status(status)
	}
	killed, err := os.ReadFile(filepath.Join(root, killedFile))
	if err != nil {
		return nil, err
	}
	for _, digest := range strings.Fields(string(killed)) {
		r.killed[digest] = true
	}
	return r, nil
}

// update writes the files with new judgements. What is known of mutants that
// were not tried stays; what is known of those that are gone does not.
func (r *record) update(all []*Mutant, judgements []Judgement) error {
	status := make(map[*Mutant]Status)
	for _, j := range judgements {
		status[j.Mutant] = j.Status
	}
	var survivors, killed []string
	for _, m := range all {
		switch s := cmp.Or(status[m], r.of(m)); {
		case s == Killed:
			killed = append(killed, m.digest()+"\n")
		case s != "" && equivalent(m) == "":
			survivors = append(survivors, fmt.Sprintf("%s\t%s\n", s, m.key))
		}
	}
	slices.Sort(killed)
	slices.Sort(survivors)
	for name, lines := range map[string][]string{survivorsFile: survivors, killedFile: killed} {
		if err := os.WriteFile(filepath.Join(r.root, name), []byte(strings.Join(lines, "")), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// conclude prints the judgements, and fails if a mutant survives that must not:
// one that was killed before or is new.
func (r *record) conclude(judgements []Judgement) error {
	slices.SortFunc(judgements, func(a, b Judgement) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Number-b.Number)
	})
	var err error
	for _, j := range judgements {
		if j.Status == Killed || equivalent(j.Mutant) != "" {
			continue
		}
		fmt.Printf("%s:%d:%d %s\n\t%s\n\t%s\n\tmakes a difference to %s\n", j.File, j.Line, j.Column, j.Status, j.Was, j.Is, several(j.Cases))
		if was := r.of(j.Mutant); was == Killed || was == "" {
			err = errSurvivors
		}
	}
	printTable(judgements)
	return err
}

// several joins the first few of a list.
func several(list []string) string {
	const most = 6
	if len(list) == 0 {
		return "nothing"
	}
	text := strings.Join(list[:min(most, len(list))], " ")
	if len(list) > most {
		text += fmt.Sprintf(" and %d more", len(list)-most)
	}
	return text
}

// tally counts the judgements of one file.
type tally struct{ killed, survived, unreached, equivalent int }

func (t *tally) add(j Judgement) {
	switch {
	case j.Status == Killed:
		t.killed++
	case equivalent(j.Mutant) != "":
		t.equivalent++
	case j.Status == Survived:
		t.survived++
	default:
		t.unreached++
	}
}

// rate is the killed part of the mutants that are reached, in percent. those
// are counted as survivors.
func (t tally) rate(those int) float64 {
	reached := t.killed + t.survived + those
	if reached == 0 {
		return 100
	}
	return 100 * float64(t.killed) / float64(reached)
}

// printTable prints the counts by file, first of scenarios, then of tests.
func printTable(judgements []Judgement) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, tests := range []bool{false, true} {
		by := "scenarios"
		if tests {
			by = "own tests"
		}
		var total tally
		files := make(map[string]*tally)
		var names []string
		for _, j := range judgements {
			if j.byOwnTests() != tests {
				continue
			}
			if files[j.File] == nil {
				files[j.File] = new(tally)
				names = append(names, j.File)
			}
			files[j.File].add(j)
			total.add(j)
		}
		if len(names) == 0 {
			continue
		}
		fmt.Fprintf(w, "by %s\tkilled\tsurvived\tnot reached\tequivalent\tof reached\t\n", by)
		for _, name := range names {
			files[name].print(w, name)
		}
		total.print(w, "all")
		fmt.Fprintf(w, "equivalent ones counted as survivors\t\t\t\t\t%.1f %%\t\n", total.rate(total.equivalent))
	}
	_ = w.Flush()
}

func (t tally) print(w *tabwriter.Writer, name string) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%.1f %%\t\n", name, t.killed, t.survived, t.unreached, t.equivalent, t.rate(0))
}
