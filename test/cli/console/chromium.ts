import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** The browser of the distribution, where there is one. */
export function findChromium(searchPath = process.env['PATH'] ?? ''): string | undefined {
  const places = searchPath.split(path.delimiter).filter((one) => one !== '')
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const programs = names.flatMap((name) => places.map((place) => path.join(place, name)))
  return programs.find(isExecutable)
}

/** A sandbox of its own needs rights that a build machine mostly has not: it only sees our pages. */
export const chromiumArguments = ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb']

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
