package reports

import (
	"fmt"
	"slices"
	"strings"
)

// Merge joins the recordings of the shards of one run and returns the stream of
// the whole run. It demands at least one part, that the parts agree on
// catalogue, implementation and seed, and that no case is judged in two. A case
// that is judged in none stays unjudged.
//
// missing says in words what is not there: shards, and footers of parts. The
// stream then has no footer, because the whole run is incomplete.
func Merge(parts []*Recording) (stream []Record, missing []string, err error) {
	whole, err := join(parts)
	if err != nil {
		return nil, nil, err
	}
	missing = append(missingShards(parts), withoutFooter(parts)...)
	if len(missing) == 0 {
		whole.Footer = joinFooters(whole, parts)
	}
	return whole.Records(), missing, nil
}

// join returns the header, the plan and the cases of the whole run.
func join(parts []*Recording) (*Recording, error) {
	first := parts[0]
	header := *first.Header
	header.Shard = ""
	whole := &Recording{Header: &header}
	judgedIn := make(map[string]string)
	planned := make(map[string]bool)
	for _, part := range parts {
		if err := sameRun(first, part); err != nil {
			return nil, err
		}
		if part.Header.StartedAt.Before(header.StartedAt) {
			header.StartedAt = part.Header.StartedAt
		}
		for _, p := range part.Plan {
			if !planned[p.ID] {
				planned[p.ID] = true
				whole.Plan = append(whole.Plan, p)
			}
		}
		for _, c := range part.Cases {
			if other, twice := judgedIn[c.ID]; twice {
				return nil, fmt.Errorf("case %s is judged in %s and in %s", Excerpt(c.ID, maxQuoted), other, part.Name)
			}
			judgedIn[c.ID] = part.Name
			whole.Cases = append(whole.Cases, c)
		}
	}
	return whole, nil
}

// maxQuoted is how many bytes of foreign text a message quotes.
const maxQuoted = 80

// sameRun returns an error unless both recordings can be parts of one run.
func sameRun(a, b *Recording) error {
	for _, what := range []struct {
		name      string
		got, want string
	}{
		{"catalogue", b.Header.CatalogueVersion, a.Header.CatalogueVersion},
		{"implementation", implementationLine(b.Header), implementationLine(a.Header)},
		{"seed", b.Header.Seed, a.Header.Seed},
		{"policy file", b.Header.PolicyFile.String(), a.Header.PolicyFile.String()},
	} {
		if what.got != what.want {
			return fmt.Errorf("%s of %s is %q, want %q as in %s", what.name, b.Name,
				Excerpt(what.got, maxQuoted), Excerpt(what.want, maxQuoted), a.Name)
		}
	}
	return nil
}

// implementationLine names an implementation with version and language.
func implementationLine(h *Header) string {
	i := h.Implementation
	return strings.Join(strings.Fields(i.Name+" "+i.Version+" "+i.Language), " ")
}

// missingShards names the shards, such as 2/3, of which there is no part.
func missingShards(parts []*Recording) []string {
	var shards []string
	count := 0
	for _, p := range parts {
		shards = append(shards, p.Header.Shard)
		var number, of int
		if n, _ := fmt.Sscanf(p.Header.Shard, "%d/%d", &number, &of); n == 2 {
			count = max(count, of)
		}
	}
	var missing []string
	for i := range count {
		if shard := fmt.Sprintf("%d/%d", i+1, count); !slices.Contains(shards, shard) {
			missing = append(missing, "shard "+shard)
			if len(missing) == maxRequests { // a hostile recording may name any count
				return append(missing, "and more")
			}
		}
	}
	return missing
}

// withoutFooter names the parts that are incomplete.
func withoutFooter(parts []*Recording) []string {
	var missing []string
	for _, p := range parts {
		if p.Footer == nil {
			missing = append(missing, "the footer of "+p.Name)
		}
	}
	return missing
}

// joinFooters returns the footer of the whole run. An expectation is unused if
// it is in every part.
func joinFooters(whole *Recording, parts []*Recording) *Footer {
	f := &Footer{
		Planned: len(whole.Plan), Judged: len(whole.Cases), Counts: make(map[Outcome]int),
		EndedAt: parts[0].Footer.EndedAt, Unused: slices.Clone(parts[0].Footer.Unused),
	}
	for _, c := range whole.Cases {
		f.Counts[c.Outcome]++
	}
	for _, p := range parts {
		f.Interrupted = f.Interrupted || p.Footer.Interrupted
		if f.Stopped == "" {
			f.Stopped = p.Footer.Stopped
		}
		f.Coverage = addCoverage(f.Coverage, p.Footer.Coverage)
		if p.Footer.EndedAt.After(f.EndedAt) {
			f.EndedAt = p.Footer.EndedAt
		}
		f.Unused = slices.DeleteFunc(f.Unused, func(line string) bool { return !slices.Contains(p.Footer.Unused, line) })
	}
	f.DurationSeconds = f.EndedAt.Sub(whole.Header.StartedAt).Seconds()
	return f
}
