import './style.css'

export const metadata = { title: 'Sample application', icons: 'data:,' }
export const viewport = { colorScheme: 'light dark' }

export default function Layout ({ children }) {
  return (
    <html lang='en'>
      <body>
        <main>
          <h1>Sample application</h1>
          {children}
        </main>
      </body>
    </html>
  )
}
