" Vim syntax file for contracts of Germline (.sg)
if exists('b:current_syntax')
  finish
endif

syn case match

syn match sgComment /\(^\|\s\)#\(\s.*\|$\)/ contains=@Spell
syn match sgComment /^\s*#.*$/ contains=@Spell

syn match sgLanguage /^language\ze\s/
syn match sgKind /^\(gene\|pathway\|topology\|phenotype\|intent\|system\)\>/ nextgroup=sgName skipwhite
syn match sgName /[A-Za-z_]\w*/ contained nextgroup=sgFor skipwhite
syn match sgFor /\<for\>/ contained

syn match sgSection /^\s\+\(takes\|gives\|types\|before\|after\|fails\s\+when\|unhealthy\s\+when\|verify\|feeds\|expresses\|steps\|requires\|has\|networks\|on\s\+failure\)\ze\s*:/
syn region sgProse matchgroup=sgSection start=/^\z(\s\+\)does\ze\s*:/ end=/^\z1\S/me=s-1 end=/^\S/me=s-1 contains=@Spell keepend

syn match sgKeyword /^\s\+\(is\|risk\|for\|as\|from\|on\|all\s\+within\|within\)\ze\s/
syn match sgKeyword /^\s\+\(\d\+\.\s\+\)\?for\ze\s\+\w\+\s\+in\>/ contains=sgStep
syn match sgKeyword /\<\(then\|in\|when\|step\|needs\|otherwise\)\>/
syn match sgStep /^\s\+\d\+\.\ze\s/
syn match sgRemedy /^\s\+\(rollback completed steps\|preserve what works\|report partial\|report what failed\)\>/
syn keyword sgConstant configuration diagnostic projection none low medium high critical convergence resilience true false null error
syn keyword sgType string int float bool

syn match sgSentence /^\s\+-\s.*$/ contains=sgReference,sgArrow,sgComment,sgDash,@Spell
syn match sgDash /^\s\+-\ze\s/ contained
syn match sgArrow /->/
syn match sgReference /{\s*[A-Za-z_][[:alnum:]_. ]*}/
syn region sgString start=/"/ skip=/\\./ end=/"/ oneline contains=sgEscape
syn match sgEscape /\\\(["\\\/bfnrt]\|u\x\{4}\)/ contained
syn match sgHash /\<[0-9a-f]\{12,64}\>/
syn match sgDuration /\<\d\+\(ms\|s\|m\|h\|d\)\>/
syn match sgNumber /\<\d\+\(\.\d\+\)\?%\?\>/
syn match sgMoney /[$€£]\d[0-9.,]*\(\/[a-z]\+\)\?/

" Inside `system "…" { … }`
syn region sgSystem start=/^system\>.*{/ end=/^}/ contains=sgKind,sgString,sgComment,sgLabel,sgMember,sgFlow,sgOperator,sgDuration,sgNumber,sgMoney,sgConstant keepend
syn match sgLabel /\<\(must\|should\|could\|within\|fallback\|requires\|accepts\|produces\|property\|has\|belongs_to\|rule\|immutable\|assert\|backfill_policy\)\ze\s*:/ contained
syn match sgMember /\<\(capability\|entity\|invariant\|optimise\|threshold\)\ze\s/ contained
syn keyword sgFlow when every for each if always with at unless within through crosses contained
syn keyword sgOperator AND OR NOT no exists valid is has minimise maximise contained

hi def link sgComment Comment
hi def link sgLanguage PreProc
hi def link sgKind Structure
hi def link sgName Function
hi def link sgFor Keyword
hi def link sgSection Statement
hi def link sgProse String
hi def link sgKeyword Keyword
hi def link sgStep Number
hi def link sgRemedy Keyword
hi def link sgConstant Constant
hi def link sgType Type
hi def link sgDash Delimiter
hi def link sgArrow Operator
hi def link sgReference Identifier
hi def link sgString String
hi def link sgEscape SpecialChar
hi def link sgHash Constant
hi def link sgDuration Number
hi def link sgNumber Number
hi def link sgMoney Number
hi def link sgLabel Statement
hi def link sgMember Structure
hi def link sgFlow Conditional
hi def link sgOperator Operator

syn sync fromstart

let b:current_syntax = 'sg'
