package intake

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/token"
)

// The limits on the shape of a YAML text. Each bounds something for which the
// parser needs quadratic time, so a higher limit costs more than it seems.
const (
	maxDepth    = 64      // of collections in each other; aliases expanded
	maxTokens   = 100_000 // a thousand users with every key have 60,000
	maxKeys     = 1_000   // of a mapping
	maxEmpty    = 100     // values that are left out, as in "key:"
	maxAdjacent = 16      // scalars, tags and anchors with nothing in between
	maxBreaks   = 200     // in a row: lines without anything
	maxTabs     = 100     // on a line: in quotes the scanner looks ahead from each
)

// maxIndicators bounds the characters that can begin a token, and with them
// what the scanner makes of a text, before the tokens can be counted.
const maxIndicators = 1 << 18

// checkDensity looks at the characters of a text, wherever they are.
func checkDensity(text []byte) error {
	indicators, breaks, tabs := 0, 0, 0
	for i, c := range text {
		switch c {
		case '\n':
			indicators++
			breaks++
			tabs = 0
		case '\t':
			tabs++
		case ' ':
		case '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*',
			'!', '|', '>', '\'', '"', '%', '@', '`', '<', '.':
			indicators++
			breaks = 0
		default:
			breaks = 0
		}
		problem := ""
		switch {
		case indicators > maxIndicators:
			problem = fmt.Sprintf("there are more than %d brackets, quotes and other marks up to here",
				maxIndicators)
		case breaks > maxBreaks:
			problem = fmt.Sprintf("there are more than %d empty lines in a row", maxBreaks)
		case tabs > maxTabs:
			problem = fmt.Sprintf("there are more than %d tabs on this line", maxTabs)
		default:
			continue
		}
		var at token.Position
		at.Line, at.Column = place(text[:i])
		return errorAt(&at, "%s", problem)
	}
	return nil
}

// shape follows the nesting of a text through its tokens.
type shape struct {
	flow     []flowLevel
	block    []blockLevel
	adjacent int             // scalars and the like since the last indicator
	key      *token.Position // of the first of them on its line: the key, if ":" follows
	empty    int

	begun bool // whether the document has
	ended bool
}

// flowLevel is a collection in brackets.
type flowLevel struct {
	at      *token.Position // of the first bracket, or of what is before it
	mapping bool
	keys    int
	colon   bool // whether the present entry has one
	outside int  // shape.adjacent after the last bracket
}

// blockLevel is a collection in block style, known by its column.
type blockLevel struct {
	column   int
	sequence bool
	keys     int
}

// checkShape refuses tokens for which the parser would need more than a
// moment. What it refuses need not be wrong otherwise.
func checkShape(tokens token.Tokens) error {
	var s shape
	significant := slices.DeleteFunc(slices.Clone(tokens), func(t *token.Token) bool {
		return t.Type == token.CommentType
	})
	for i, t := range significant {
		if i >= maxTokens {
			return errorAt(t.Position, "there are more than %d keys, values and marks up to here",
				maxTokens)
		}
		var before, next *token.Token
		if i > 0 {
			before = significant[i-1]
		}
		if i+1 < len(significant) {
			next = significant[i+1]
		}
		if err := s.take(before, t, next); err != nil {
			return err
		}
		if err := s.check(t.Position); err != nil {
			return err
		}
	}
	return nil
}

// check compares what was counted with the limits.
func (s *shape) check(at *token.Position) error {
	switch {
	case len(s.flow)+len(s.block) > maxDepth:
		return errorAt(at, "nested more than %d levels deep", maxDepth)
	case len(s.block) > 0 && s.block[len(s.block)-1].keys > maxKeys,
		len(s.flow) > 0 && s.flow[len(s.flow)-1].keys > maxKeys:
		return errorAt(at, "the mapping has more than %d keys", maxKeys)
	case s.empty > maxEmpty:
		return errorAt(at, "more than %d values are missing up to here", maxEmpty)
	case s.adjacent > maxAdjacent:
		return errorAt(at, "more than %d values have nothing between them", maxAdjacent)
	}
	return nil
}

// take follows one token between its neighbours, which may be nil.
func (s *shape) take(before, t, next *token.Token) error {
	if s.ended {
		return errorAt(t.Position, "want one YAML document")
	}
	begun := s.begun
	s.begun = true
	switch t.Type {
	case token.DocumentHeaderType:
		if begun {
			return errorAt(t.Position, "want one YAML document")
		}
	case token.DocumentEndType:
		s.ended = true
	case token.SequenceStartType, token.MappingStartType:
		s.scalar(t)
		s.flow = append(s.flow, flowLevel{
			at: s.key, mapping: t.Type == token.MappingStartType, outside: s.adjacent,
		})
		s.adjacent = 0
	case token.SequenceEndType, token.MappingEndType:
		if len(s.flow) == 0 {
			return errorAt(t.Position, "there is no opening bracket for %q", t.Value)
		}
		s.endEntry()
		level := s.flow[len(s.flow)-1]
		s.flow = s.flow[:len(s.flow)-1]
		s.key, s.adjacent = level.at, level.outside
	case token.CollectEntryType:
		s.endEntry()
		s.adjacent = 0
	case token.SequenceEntryType, token.MappingKeyType:
		s.entry(t, next)
	case token.MappingValueType:
		s.value(t, next)
	default:
		s.scalar(t)
		named := before != nil && before.Type == token.AnchorType
		if (named || t.Type == token.TagType) && without(t, next) {
			s.empty++
		}
	}
	return nil
}

// scalar follows what may be a value, a key or a part of one.
func (s *shape) scalar(t *token.Token) {
	if s.adjacent == 0 || s.key.Line != t.Position.Line {
		s.key = t.Position
	}
	s.adjacent++
}

// endEntry ends an entry of a collection in brackets.
func (s *shape) endEntry() {
	if len(s.flow) == 0 {
		return
	}
	level := &s.flow[len(s.flow)-1]
	if level.mapping && !level.colon && s.adjacent > 0 {
		s.empty++
	}
	level.colon = false
}

// entry follows "-" and "?".
func (s *shape) entry(t, next *token.Token) {
	if len(s.flow) > 0 {
		s.adjacent++ // "-" is a mistake there
		return
	}
	s.adjacent = 0
	s.enter(t.Position.Column, t.Type == token.SequenceEntryType)
	if next == nil ||
		next.Position.Line != t.Position.Line && next.Position.Column <= t.Position.Column {
		s.empty++
	}
}

// value follows ":".
func (s *shape) value(t, next *token.Token) {
	if len(s.flow) > 0 {
		level := &s.flow[len(s.flow)-1]
		level.colon = true
		level.keys++
		s.adjacent++
		if without(t, next) {
			s.empty++
		}
		return
	}
	key := t.Position
	if s.adjacent > 0 {
		key = s.key
	}
	s.adjacent = 0
	s.enter(key.Column, false)
	if next == nil || next.Position.Line != t.Position.Line && (next.Position.Column < key.Column ||
		next.Position.Column == key.Column && next.Type != token.SequenceEntryType) {
		s.empty++
	}
}

// without reports whether nothing that could be a value follows t on its line.
func without(t, next *token.Token) bool {
	if next == nil || next.Position.Line != t.Position.Line {
		return true
	}
	switch next.Type {
	case token.CollectEntryType, token.SequenceEndType, token.MappingEndType,
		token.MappingValueType, token.SequenceEntryType:
		return true
	}
	return false
}

// enter moves to the collection in block style that has an entry at column. A
// sequence may have the column of the key that it is the value of.
func (s *shape) enter(column int, sequence bool) {
	for len(s.block) > 0 {
		top := &s.block[len(s.block)-1]
		if top.column == column && top.sequence == sequence {
			if !sequence {
				top.keys++
			}
			return
		}
		if top.column < column || top.column == column && sequence {
			break
		}
		s.block = s.block[:len(s.block)-1]
	}
	s.block = append(s.block, blockLevel{column: column, sequence: sequence, keys: 1})
}
