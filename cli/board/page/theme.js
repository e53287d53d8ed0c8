// Before anything is drawn, so that nothing flashes: the theme that was chosen here, and whether this is a wall screen.
function chosenTheme() {
  try {
    return localStorage.getItem('board-theme')
  } catch {
    return undefined // this browser keeps nothing
  }
}

const theme = chosenTheme()
if (theme) document.documentElement.dataset.theme = theme
if (new URLSearchParams(location.search).has('wall')) document.documentElement.dataset.wall = ''
