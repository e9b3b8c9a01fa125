package reports

import "strings"

// Repeat returns the command that does the same again, for a POSIX shell: what
// was typed, without its outputs, and with the seed that was used.
func (h *Header) Repeat() string {
	words := []string{h.Tool}
	seeded := h.Seed == ""
	for i := 0; i < len(h.Arguments); i++ {
		flag, _, joined := strings.Cut(h.Arguments[i], "=")
		switch flag {
		case "--format", "--output", "-o":
			if !joined {
				i++ // its value
			}
			continue
		case "--seed":
			seeded = true
		}
		words = append(words, ShellQuote(h.Arguments[i]))
	}
	if !seeded {
		words = append(words, "--seed", h.Seed)
	}
	return strings.Join(words, " ")
}

// ShellQuote quotes a word for a POSIX shell where it needs it.
func ShellQuote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
