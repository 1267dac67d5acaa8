# Completion of tocsin for bash: commands, options, and the values that options take.
_tocsin()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	local commands='scan decode verify catalogue formats explain rules match visibility watch status incidents incident access contain isolate restore journal check-config help'
	local -A options=(
		[scan]='--json --html --mail-store --networks --geo --suspect --state --rules --timezone --format --limit --threads --details --quiet --color --help'
		[rules]='--json --level --tag --logsource --rules --pipeline --placeholders --color --help'
		[match]='--rules --pipeline --placeholders --logsource --plain --help'
		[decode]='--all --original --count --timezone --format --limit --threads --help'
		[explain]='--timezone --format --limit --help'
		[formats]='--json --help'
		[verify]='--limit --help'
		[visibility]='--json --html --rules --networks --timezone --help'
		[watch]='--state --policy --networks --geo --rules --timezone --access --metrics --console --console-name --journal --syslog --http --touched --parts --part --json --until-quiet --check-config --help'
		[status]='--state --console-link --json --help'
		[incidents]='--state --json --help'
		[incident]='--state --details --follow --color --help'
		[contain]='--state --mode --networks --habits --force --only --logs --yes --dry-run --help'
		[isolate]='--state --allow --close --deliver --hold-outbound --lifetime --standby --essential --only --json --yes --dry-run --help'
		[restore]='--state --only --logs --yes --help'
		[journal]='--state --head --yes --help'
	)
	options[check-config]=${options[watch]}
	# bash breaks words at = as well: --color=al is --color, =, al
	[[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $word == = ]] && word=
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$commands --version --help" -- "$word")
		return
	fi
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${options[$command]:---help}" -- "$word")
		return
	fi
	case $before in
	--color) mapfile -t COMPREPLY < <(compgen -W 'always never auto' -- "$word") && return ;;
	--format)
		mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" formats 2> /dev/null |
			sed -n 's/^  [A-F]  \([^ ]*\) .*/\1/p')" -- "$word")
		return
		;;
	--limit) mapfile -t COMPREPLY < <(compgen -W 'ratio= bytes= spool= depth= members= inputs=' -- "$word") && return ;;
	--threads) mapfile -t COMPREPLY < <(compgen -W '1 2' -- "$word") && return ;;
	--level) mapfile -t COMPREPLY < <(compgen -W 'informational low medium high critical' -- "$word") && return ;;
	--timezone)
		mapfile -t COMPREPLY < <(compgen -W "UTC $(cd /usr/share/zoneinfo 2> /dev/null &&
			find [A-Z]*/ -type f 2> /dev/null)" -- "$word")
		return
		;;
	rules) ((COMP_CWORD == 2)) && mapfile -t COMPREPLY < <(compgen -W 'check list explain test' -- "$word") && return ;;
	access) ((COMP_CWORD == 2)) && mapfile -t COMPREPLY < <(compgen -W 'check serve' -- "$word") && return ;;
	contain) ((COMP_CWORD == 2)) &&
		mapfile -t COMPREPLY < <(compgen -W 'plan apply verify undo status webmail-site' -- "$word") && return ;;
	isolate) ((COMP_CWORD == 2)) && mapfile -t COMPREPLY < <(compgen -W 'plan apply status verify' -- "$word") && return ;;
	journal) ((COMP_CWORD == 2)) && mapfile -t COMPREPLY < <(compgen -W 'show verify renew' -- "$word") && return ;;
	--part) mapfile -t COMPREPLY < <(compgen -W 'responder blocker envoy teller toucher' -- "$word") && return ;;
	--mode) mapfile -t COMPREPLY < <(compgen -W 'fast quiet' -- "$word") && return ;;
	--only)
		if [[ $command == isolate || $command == restore ]]; then
			mapfile -t COMPREPLY < <(compgen -W 'snapshot patience admit door keep standby-list carry submission imap pop3 sieve webmail' -- "$word")
			return
		fi
		mapfile -t COMPREPLY < <(compgen -W 'snapshot deny-list deny masters app-passwords flush refuse-list refuse cut webmail-off webmail kick filter copies
			always-copy hold block tenant-off tenant-revoke tenant-rules tenant-consents' -- "$word")
		return
		;;
	help) ((COMP_CWORD == 2)) && mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") && return ;;
	esac
	# what incidents are called stands in a report, or in the state folder of the watch
	local state=/var/lib/tocsin i ids=
	for ((i = 2; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == --state ]] && state=${COMP_WORDS[i + 1]}
	done
	case "$command ${COMP_WORDS[2]}" in
	'contain plan') [[ -f $before ]] && ids=$(grep -o '"id":"T-[0-9]*-[0-9]*"' "$before" 2> /dev/null | cut -d'"' -f4) ;;
	'contain '*) ids=$("${COMP_WORDS[0]}" contain status --state "$state" 2> /dev/null | grep -o 'T-[0-9]*-[0-9]*') ;;
	'incident '*) ids=$("${COMP_WORDS[0]}" incidents --state "$state" 2> /dev/null | grep -o '^ *T-[0-9]*-[0-9]*') ;;
	esac
	if [[ $ids && $before != --* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$ids" -- "$word" | sort -u)
		return
	fi
	compopt -o filenames 2> /dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -F _tocsin tocsin
