package scenarios

import "strings"

// Near returns the known word that word most likely is a misspelling of, or the
// beginning of, and the empty string if none is close. Of several it returns
// the shortest. Case does not matter.
func Near(word string, known []string) string {
	best := ""
	// One typing error in three characters. Two characters could be anything.
	bestTypos, bestRest := len(word)/3, 0
	for _, k := range known {
		typos, rest := distance(strings.ToLower(word), strings.ToLower(k))
		if typos < bestTypos || typos == bestTypos && (best == "" || rest < bestRest) {
			best, bestTypos, bestRest = k, typos, rest
		}
	}
	return best
}

// distance returns how many edits lead from word to a beginning of known, and
// how many bytes of known come after that. An edit inserts, removes or replaces
// one byte or swaps two neighbours.
func distance(word, known string) (edits, rest int) {
	// The three latest rows of the table of distances between beginnings.
	before, above, row := make([]int, len(known)+1), make([]int, len(known)+1), make([]int, len(known)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(word) {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range len(known) {
			same := 1
			if word[i] == known[j] {
				same = 0
			}
			row[j+1] = min(above[j]+same, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && word[i] == known[j-1] && word[i-1] == known[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	edits, rest = row[0], len(known)
	for j, d := range row {
		if d <= edits {
			edits, rest = d, len(known)-j
		}
	}
	return edits, rest
}
