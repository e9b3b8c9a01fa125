package tui

import "unicode"

// marks divides a shown text into spans in which the letters are marked that
// fuzzy terms of the filter found. Whole is the text that they searched, in
// lower case, which may be cut where it is shown.
func (f *filter) marks(t *theme, shown, whole string, st style) []span {
	hit := make(map[int]bool)
	for _, letters := range f.letters {
		if !fuzzy(letters, whole) {
			continue
		}
		want := []rune(letters)
		for i, r := range shown {
			if len(want) > 0 && unicode.ToLower(r) == want[0] {
				hit[i], want = true, want[1:]
			}
		}
	}
	if len(hit) == 0 {
		return []span{{shown, st}}
	}
	var parts []span
	for i, r := range shown {
		st := st
		if hit[i] {
			st = t.prompt
		}
		parts = append(parts, span{string(r), st})
	}
	return parts
}
