package tui

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// idpScreen shows the mock environment: its keys, its faults, and the
// requests that it received.
type idpScreen struct {
	quiet

	starting bool // the engine has not answered yet
	snapshot IdPSnapshot
	have     bool
	filter   string

	// follow keeps the newest request in view. Otherwise anchor is the
	// number, counted from the start, of the last request in view, so that a
	// reader who scrolled back stays there while the log moves on.
	follow bool
	anchor uint64
	height int // lines of the log in the last frame

	below idpPane // what is shown below the keys

	offset, pageHeight int // of a list below that has no cursor
}

// idpPane is one of the panes that share the room below the keys.
type idpPane int

const (
	paneRequests idpPane = iota
	paneClients
	paneRotations
	paneKeys
	numPanes
)

func newIdPScreen() *idpScreen { return &idpScreen{follow: true} }

// update stores a snapshot and reports whether anything changed.
func (s *idpScreen) update(snap IdPSnapshot) bool {
	if s.have && snap.Revision == s.snapshot.Revision {
		return false
	}
	s.snapshot, s.have = snap, true
	return true
}

// number returns how many requests came before request i of the snapshot.
func (s *idpScreen) number(i int) uint64 {
	return s.snapshot.Total - uint64(len(s.snapshot.Requests)) + uint64(i)
}

// matching returns the indices of the requests that pass the filter.
func (s *idpScreen) matching() []int {
	words := strings.Fields(strings.ToLower(s.filter))
	var out []int
	for i, r := range s.snapshot.Requests {
		text := strings.ToLower(strings.Join([]string{
			r.Method, r.Path, strconv.Itoa(r.Status), r.Fault, r.UserAgent,
		},
			"\n"))
		keep := true
		for _, word := range words {
			word, not := strings.CutPrefix(word, "!")
			if word != "" && strings.Contains(text, word) == not {
				keep = false
				break
			}
		}
		if keep {
			out = append(out, i)
		}
	}
	return out
}

// last returns the index in matching of the last request in view: the newest,
// the anchor, or the one that fills the first page.
func (s *idpScreen) last(matching []int) int {
	end := len(matching) - 1
	if s.follow {
		return end
	}
	at := -1
	for p, i := range matching {
		if s.number(i) > s.anchor {
			break
		}
		at = p
	}
	return max(at, min(s.height, len(matching))-1)
}

// current returns the index in matching of the request that the cursor is on:
// the newest, or the anchor.
func (s *idpScreen) current(matching []int) int {
	at := len(matching) - 1
	for !s.follow && at > 0 && s.number(matching[at]) > s.anchor {
		at--
	}
	return at
}

func (s *idpScreen) name() string { return "IdP" }

func (s *idpScreen) bindings() []binding {
	return append([]binding{
		bind(actRotate, "o", "rotate or publish the signing key", "o"),
		bind(actUndo, "u", "undo the rotation", "u"),
		bind(actFault, "space", "turn a fault on or off", "space"),
		bind(actUse, "s", "use it: check it, run scenarios, load", "s"),
		bind(actFresh, "t", "make an ID Token", "t"),
		bind(actOther, "tab", "requests, clients, rotations, all keys", "tab"),
		bind(actOpen, "enter", "open the request", "enter"),
		bind(actFilter, "/", "filter the requests", "/"),
		bind(actFollow, "F", "follow the requests", "F"),
		bind(actCopy, "y", "copy the issuer URL", "y"),
		bind(actCurl, "Y", "copy a secret, a URL, curl", "Y"),
		move(actBack, "esc", "clear the filter", "esc"),
	}, movement()...)
}

func (s *idpScreen) search() *prompt {
	return newPrompt("/", "enter keeps, esc drops", s.filter, func(text string) { s.filter = text })
}

func (s *idpScreen) clip() (text, what string) { return s.snapshot.URL, "the issuer URL" }

func (s *idpScreen) do(a *app, act action) tea.Cmd {
	switch act {
	case actRotate:
		return a.chooseRotation()
	case actUndo:
		if a.idp == nil {
			return a.toast("no mock environment", true)
		}
		return change(a.idp.Undo, "the last rotation is undone")
	case actFault:
		return a.chooseFault()
	case actUse:
		return a.chooseUse()
	case actFresh:
		return a.makeToken()
	case actCurl:
		return a.chooseText()
	case actOpen:
		return s.openRequest(a)
	case actOther:
		s.below, s.offset = s.next(), 0
	case actUp, actDown, actPageUp, actPageDown, actTop, actBottom:
		if s.below != paneRequests {
			s.offset = scroll(act, s.offset, s.pageHeight)
			return nil
		}
		matching := s.matching()
		if len(matching) == 0 {
			return nil
		}
		at := moved(act, s.current(matching), len(matching), s.height)
		s.anchor = s.number(matching[at])
		s.follow = at == len(matching)-1
	case actFollow:
		s.follow = !s.follow
		if matching := s.matching(); len(matching) > 0 {
			s.anchor = s.number(matching[len(matching)-1])
		}
	case actBack:
		s.filter = ""
	}
	return nil
}

// next is the pane that tab shows.
func (s *idpScreen) next() idpPane { return (s.below + 1) % numPanes }

// hints returns the hints for the last row.
func (s *idpScreen) hints(bool) []hint {
	tab := map[idpPane]string{
		paneRequests: "requests", paneClients: "clients", paneRotations: "rotations", paneKeys: "all keys",
	}
	h := []hint{{actRotate, "rotate"}, {actFault, "faults"}, {actUse, "use it"}, {actOther, tab[s.next()]}}
	if s.below == paneRequests {
		follow := "follow"
		if s.follow {
			follow = "stop following"
		}
		h = append(h, hint{actOpen, "open"}, hint{actFilter, "filter"}, hint{actFollow, follow})
	}
	return append(h, hint{actCopy, "copy issuer"})
}
