autocmd BufRead,BufNewFile *.sg setfiletype sg
