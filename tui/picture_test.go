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

// The picture that the README shows is a frame of the terminal UI: a recorded
// run against a verifier that is wrong, and one of its failures.
func TestGoldenPicture(t *testing.T) {
	t.Parallel()
	const width, height = 100, 30
	d := drive(t, newFakeEngine(t), Options{}, width, height)
	d.keys("R", "n", "enter")
	golden(t, "picture.svg", strings.TrimSuffix(svg(d.a.View().Content, width, height), "\n"))
}

// The size of a cell of the picture, and the default colours of text and
// background, which are those of a dark terminal.
const (
	cellWidth, cellHeight = 8.4, 18.0
	pictureMargin         = 12.0
	pictureInk            = "#d8dee9"
	picturePaper          = "#16181d"
)

// svg draws a frame as a terminal shows it.
func svg(frame string, width, height int) string {
	screen := vt.NewEmulator(width, height)
	defer screen.Close()
	_, _ = screen.WriteString(strings.ReplaceAll(frame, "\n", "\r\n")) // to memory, which does not fail
	var b strings.Builder
	w, h := float64(width)*cellWidth+2*pictureMargin, float64(height)*cellHeight+2*pictureMargin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14">`+"\n", w, h)
	fmt.Fprintf(&b, `<title>The terminal UI of assay: a list of scenarios, some of which fail, and the details of one</title>`+"\n")
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", picturePaper)
	for y := range height {
		for x := 0; x < width; {
			x = writeSpan(&b, screen, x, y, width)
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// writeSpan draws the cells from x on that have the same style, and returns the
// column after them.
func writeSpan(b *strings.Builder, screen *vt.Emulator, x, y, width int) int {
	first := screen.CellAt(x, y)
	end, text := x, ""
	for end < width {
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
	ink, paper := pictureInk, ""
	style := first.Style
	if style.Fg != nil {
		ink = hexOf(style.Fg)
	}
	if style.Bg != nil {
		paper = hexOf(style.Bg)
	}
	if style.Attrs&uv.AttrReverse != 0 {
		if paper == "" {
			paper = picturePaper
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
