package tui

import (
	"fmt"
	"html"
	"image/color"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// The pictures of the README and the guides are frames of the terminal UI, in
// the colours of a dark and of a light terminal.
func TestGoldenPicture(t *testing.T) {
	t.Parallel()
	scenes := []struct {
		name, title   string
		width, height int
		play          func(*driver)
	}{
		{"scenarios", "The list of scenarios, some of which fail, and the details of one", 100, 30, func(d *driver) { d.keys("R", "n") }},
		{"bench", "A benchmark with its figures and charts", 120, 34, func(d *driver) { d.keys("2", "space", "g", "j") }},
		{"load", "A load with its rates and latencies over time", 120, 34, func(d *driver) { d.keys("5", "space") }},
		{"idp", "The mock environment: its keys, faults and requests", 120, 30, func(d *driver) { d.keys("3") }},
		{"token", "A token, what was changed in it, and what a verifier says", 120, 30, func(d *driver) { d.keys("4", "n", "m"); d.typed("another"); d.keys("enter") }},
	}
	for _, theme := range []string{ThemeDark, ThemeLight} {
		for _, x := range scenes {
			name := x.name + "-" + theme
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := drive(t, newFakeEngine(t), Options{Theme: theme}, x.width, x.height)
				x.play(d)
				golden(t, "pictures/"+name+".svg", picture{x.title, x.width, x.height, theme == ThemeDark}.svg(d.a.View().Content))
			})
		}
	}
}

// picture says what a picture shows.
type picture struct {
	title         string
	width, height int
	dark          bool
}

// The size of a cell of a picture.
const (
	cellWidth, cellHeight = 8.4, 18.0
	pictureMargin         = 12.0
)

// colours returns the default colours of text and background.
func (p picture) colours() (ink, paper string) {
	paper = hexOf(usualBackground(p.dark))
	if p.dark {
		return "#dcdfe4", paper
	}
	return "#24292f", paper
}

// svg draws a frame as a terminal shows it.
func (p picture) svg(frame string) string {
	screen := vt.NewEmulator(p.width, p.height)
	defer screen.Close()
	_, _ = screen.WriteString(strings.ReplaceAll(frame, "\n", "\r\n")) // to memory, which does not fail
	var b strings.Builder
	w, h := float64(p.width)*cellWidth+2*pictureMargin, float64(p.height)*cellHeight+2*pictureMargin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14">`+"\n", w, h)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(p.title))
	_, paper := p.colours()
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", paper)
	for y := range p.height {
		for x := 0; x < p.width; {
			x = p.writeSpan(&b, screen, x, y)
		}
	}
	b.WriteString("</svg>")
	return b.String()
}

// writeSpan draws the cells from x on that have the same style, and returns the
// column after them.
func (p picture) writeSpan(b *strings.Builder, screen *vt.Emulator, x, y int) int {
	first := screen.CellAt(x, y)
	end, text := x, ""
	for end < p.width {
		cell := screen.CellAt(end, y)
		if cell == nil || first == nil || !cell.Style.Equal(&first.Style) {
			break
		}
		content := cell.Content
		if content == "" {
			content = " "
		}
		text += content
		end += max(1, cell.Width)
	}
	if end == x {
		return x + 1
	}
	ink, background := p.colours()
	paper := ""
	style := first.Style
	if style.Fg != nil {
		ink = hexOf(style.Fg)
	}
	if style.Bg != nil {
		paper = hexOf(style.Bg)
	}
	if style.Attrs&uv.AttrReverse != 0 {
		if paper == "" {
			paper = background
		}
		ink, paper = paper, ink
	}
	left, top := pictureMargin+float64(x)*cellWidth, pictureMargin+float64(y)*cellHeight
	if paper != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", left, top, float64(end-x)*cellWidth, cellHeight, paper)
	}
	if strings.TrimSpace(text) == "" {
		return end
	}
	lead := len(text) - len(strings.TrimLeft(text, " "))
	text = strings.TrimSpace(text)
	more := ""
	if style.Attrs&uv.AttrBold != 0 {
		more += ` font-weight="bold"`
	}
	if style.Attrs&uv.AttrFaint != 0 {
		more += ` opacity="0.65"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s"%s textLength="%.1f" xml:space="preserve">%s</text>`+"\n",
		left+float64(lead)*cellWidth, top+cellHeight-5, ink, more, float64(len([]rune(text)))*cellWidth, html.EscapeString(text))
	return end
}

// hexOf writes a colour as SVG does.
func hexOf(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
