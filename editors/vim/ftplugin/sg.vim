" Contracts of Germline: two spaces a level, comments after a hash sign.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal expandtab shiftwidth=2 softtabstop=2 autoindent
setlocal comments=:# commentstring=#\ %s
if executable('germline')
  setlocal formatprg=germline\ fmt\ -
endif

let b:undo_ftplugin = 'setlocal expandtab< shiftwidth< softtabstop< autoindent< comments< commentstring< formatprg<'
