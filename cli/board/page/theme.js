// Before anything is drawn, so that nothing flashes: the theme that was chosen here, and whether this is a wall screen.
const theme = localStorage.getItem('board-theme')
if (theme) document.documentElement.dataset.theme = theme
if (new URLSearchParams(location.search).has('wall')) document.documentElement.dataset.wall = ''
