// Package browser drives a Chromium that is installed on the machine, over the
// Chrome DevTools Protocol: a tab opens pages and clicks, with cookies of its
// own, and everything that it requested can be read afterwards.
//
// The protocol is spoken by a small client here, over two pipes that only the
// browser and this process have. chromedp adds 1.2 MB to the program and rod
// 5.4 MB, for an API of which a dozen methods are needed, and both open a port
// through which every user of the machine can control the browser.
//
// Start with [Start] and [Browser.NewTab]. Everything foreign is bounded: a
// message, what a tab keeps of its requests, and by the context the time of
// each call. It runs on systems whose processes inherit pipes, which Windows'
// do not.
package browser
