package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// stampede is how many requests of one client for one path within a second are
// too many: a verifier that caches keys and waits before it fetches them again
// makes one.
const stampede = 10

// caller is what is known of one client of the mock environment by its
// requests: those of the log that have the same User-Agent.
type caller struct {
	name     string
	requests int
	last     time.Time

	worst     int // the most requests for one path within a second
	worstPath string
}

// callers returns the clients in the log, the one with the worst second first.
func (s *idpScreen) callers() []caller {
	byName := make(map[string]*caller)
	recent := make(map[[2]string][]time.Time) // by client and path
	for _, r := range s.snapshot.Requests {
		c := byName[r.UserAgent]
		if c == nil {
			c = &caller{name: cmp.Or(r.UserAgent, "no User-Agent")}
			byName[r.UserAgent] = c
		}
		c.requests++
		c.last = r.At
		key := [2]string{r.UserAgent, r.Path}
		times := append(recent[key], r.At)
		for r.At.Sub(times[0]) >= time.Second {
			times = times[1:]
		}
		recent[key] = times
		if len(times) > c.worst {
			c.worst, c.worstPath = len(times), r.Path
		}
	}
	var all []caller
	for _, c := range byName {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b caller) int {
		return cmp.Or(cmp.Compare(b.worst, a.worst), cmp.Compare(b.requests, a.requests), strings.Compare(a.name, b.name))
	})
	return all
}

func (s *idpScreen) viewClients(f *frame, w, h int) []string {
	p := pane{title: "clients", focus: true, note: f.theme.muted.s("registered, and by the User-Agent of the requests kept")}
	var lines []string
	for _, c := range s.snapshot.Clients {
		kind := "with a secret"
		if c.Public {
			kind = "public, with PKCE"
		}
		lines = append(lines, " "+c.called()+f.theme.muted.s("  "+kind))
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	nameWidth := max(w-paneEdge-50, 16)
	head := " " + fitLine("client", nameWidth) + fmt.Sprintf("%9s  %-9s  %s", "requests", "last", "worst second")
	callers := s.callers()
	if len(callers) == 0 {
		lines = append(lines, " "+f.theme.muted.s("No request yet. Point a verifier at the issuer above."))
	} else {
		lines = append(lines, f.theme.muted.s(head))
	}
	for _, c := range callers {
		line := " " + fitLine(cut(reports.Escape(c.name), nameWidth-1), nameWidth) +
			fmt.Sprintf("%9s  %-9s  ", reports.FormatCount(uint64(c.requests)), c.last.Format("15:04:05"))
		worst := fmt.Sprintf("%d × %s", c.worst, reports.Escape(c.worstPath))
		if c.worst >= stampede {
			worst = f.theme.warn.s("! "+worst) + f.theme.muted.s("  no cooldown?")
		}
		lines = append(lines, line+cut(worst, w-paneEdge-ansi.StringWidth(line)))
	}
	s.pageHeight = h - paneHead
	s.offset = p.scroll(lines, s.offset, s.pageHeight)
	return f.theme.box(p, w, h)
}
