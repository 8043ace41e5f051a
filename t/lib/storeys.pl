#!/usr/bin/perl
#
# The house: no include and no call goes upwards or round.
#
#     perl t/lib/storeys.pl [DIR]          checks it; prints what is wrong
#     perl t/lib/storeys.pl --rooms TREE   its rooms, each with those it needs
#     perl t/lib/storeys.pl --draft TREE   the lowest storey each could have
#
# A room is a .c file with its header, or one of them alone. t/lib/storeys.txt
# is the table; what it may say is told there. Who calls is taken from the
# text, without comments and strings: a file that names a function which
# another file defines, and not as its own static one, needs that file, whether
# it calls it or hands it on. In headers only what stands in braces or in a
# #define counts, as prototypes call nobody.

use strict;
use warnings;

use File::Find;

my %TAKES = ('--rooms' => 1, '--draft' => 1);
my ($option, $wanted) = @ARGV && $TAKES{$ARGV[0]} ? splice @ARGV, 0, 2 : ('', '');
my $top = shift // '.';
chdir $top or die "$top: $!\n";

my $bad = 0;
sub fault { print "@_\n" unless $option; $bad = 1 }


# ---- the table

my (@trees, %beside, %may, %prefix, %storeys, %knots, %barred);
my $table = 't/lib/storeys.txt';

open my $fh, '<', $table or die "$table: $!\n";
while (<$fh>) {
    s/#.*//;
    my ($word, $name, @rest) = split or next;
    if ($word eq 'tree') {
        push @trees, $name;
        ($prefix{$name}, my @below) = @rest;
        $may{$name} = { map { $_ => 1 } $name, @below };
    } elsif ($word eq 'beside') {
        push @trees, $name;
        $beside{$name} = 1;
        $may{$name} = { map { $_ => 1 } $name, @rest };
    } elsif ($word eq 'never') {
        push @{$barred{$name}}, @rest;
    } elsif ($word eq 'storey') {
        push @{$storeys{$name}}, [@rest];
    } elsif ($word eq 'knot') {
        push @{$knots{$name}}, [@rest];
    } else {
        die "$table:$.: $word is no word of it\n";
    }
}
close $fh;


# ---- the files

my %text;       # file => its text without comments and strings
my %room_of;    # file => room, as in core/base/os_str
my %tree_of;    # file or room => tree

my @files;
find({ no_chdir => 1, wanted => sub {
    push @files, $_ if -f && /\.(?:c|h|cc)\z/ } }, grep { -d } @trees);

my %is_file = map { $_ => 1 } @files;
my %includes;   # file => [[file, line], …]

for my $file (sort @files) {
    my ($tree) = sort { length $b <=> length $a } grep { index($file, "$_/") == 0 } @trees;
    ($room_of{$file} = $file) =~ s/\.\w+\z//;
    $tree_of{$file} = $tree_of{$room_of{$file}} = $tree;

    open my $in, '<', $file or die "$file: $!\n";
    local $/;
    my $source = <$in>;

    my $line = 0;
    for (split /\n/, $source) {
        $line++;
        if (/^\s*#\s*include\s*<([^>]+)>/) {
            my $header = $1;
            fault("$file:$line: $tree/ may not include <$header>")
                if grep { index($header, $_) == 0 } @{$barred{$tree} // []};
        }
        next unless /^\s*#\s*include\s*"([^"]+)"/;
        my $name = $1;
        my ($dir) = $file =~ m{(.*)/};
        my ($to) = grep { $is_file{$_} } map { my $p = $_; 1 while $p =~ s{[^/]+/\.\./}{}; $p }
            "$dir/$name", $name, map { "$_/$name" } grep { $beside{$_} } @trees;
        push @{$includes{$file}}, [$to, $line] if $to && $to ne $file;
    }

    # lines keep their numbers
    $source =~ s{(/\*.*?\*/)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'}
                {my $c = $1 // ''; $c =~ s/[^\n]//g; length $c ? $c : defined $1 ? ' ' : '""'}gse;
    $source =~ s/extern\s*""\s*\{/ /g;
    $text{$file} = $source;
}


# ---- who defines what

my (%home, %own);   # function => file; file => { its static functions }
my $parens = qr/(\((?:[^()]++|(?-1))*+\))/;
my $braces = qr/(\{(?:[^{}]++|(?-1))*+\})/;

for my $file (grep { !$beside{$tree_of{$_}} } sort keys %text) {
    my $flat = $text{$file};
    $flat =~ s/^[ \t]*#(?:[^\n\\]|\\.|\\\n)*//gm;
    while ($flat =~ /\G([^{}]*+)(?:$braces|[{}])/gc) {
        my $head = $1 =~ s/.*;//sr;
        my ($name) = $head =~ /\b(\w+)\s*$parens(?:\s*__attribute__\s*$parens)?\s*\z/ or next;
        if ($head =~ /\bstatic\b/ && $file !~ /\.h\z/) {
            $own{$file}{$name} = 1;
        } elsif ($home{$name} && $room_of{$home{$name}} ne $room_of{$file}) {
            $home{$name} = '';      # of two programs: not told apart
        } else {
            $home{$name} //= $file;
        }
    }
}


# ---- who names whom

my %calls;      # room => { room => "file:line: function" }

for my $file (sort keys %text) {
    my $words = $text{$file};
    if ($file =~ /\.h\z/) {
        my $kept = '';
        my $depth = 0;
        for my $part ($words =~ /(^[ \t]*#[ \t]*define(?:[^\n\\]|\\.|\\\n)*|[{}]|\n|[^{}\n]+)/gm) {
            $depth++ if $part eq '{';
            $kept .= $depth || $part =~ /^[ \t]*#/ ? $part : $part =~ s/[^\n]//gr;
            $depth-- if $part eq '}' && $depth;
        }
        $words = $kept;
    }
    my $line = 1;
    while ($words =~ /(\n)|\b([A-Za-z_]\w*)\b/g) {
        if ($1) { $line++; next }
        my $to = $home{$2} or next;
        next if $own{$file}{$2} || $room_of{$to} eq $room_of{$file};
        $calls{$room_of{$file}}{$room_of{$to}} //= "$file:$line: $2()";
    }
}


# ---- circles

# Tarjan: the groups of more than one that all reach each other.
sub circles {
    my ($graph) = @_;
    my (%index, %low, %on, @stack, @found);
    my $n = 0;
    my $visit;
    $visit = sub {
        my ($v) = @_;
        $index{$v} = $low{$v} = $n++;
        push @stack, $v;
        $on{$v} = 1;
        for my $w (sort keys %{$graph->{$v} // {}}) {
            if (!defined $index{$w}) {
                $visit->($w);
                $low{$v} = $low{$w} if $low{$w} < $low{$v};
            } elsif ($on{$w}) {
                $low{$v} = $index{$w} if $index{$w} < $low{$v};
            }
        }
        return if $low{$v} != $index{$v};
        my @group;
        do { push @group, pop @stack; delete $on{$group[-1]} } until $group[-1] eq $v;
        push @found, [sort @group] if @group > 1;
    };
    for my $v (sort keys %$graph) { $visit->($v) unless defined $index{$v} }
    return @found;
}

# The shortest way round, with what makes each step.
sub way_round {
    my ($graph, $group) = @_;
    my %in = map { $_ => 1 } @$group;
    my @best;
    for my $from (@$group) {
        my @queue = ([$from]);
        my %seen;
        while (my $way = shift @queue) {
            last if @best && @$way >= @best;
            for my $to (sort keys %{$graph->{$way->[-1]}}) {
                next unless $in{$to};
                if ($to eq $from) { @best = (@$way, $from); @queue = (); last }
                push @queue, [@$way, $to] unless $seen{$to}++;
            }
        }
    }
    return map { "    $graph->{$best[$_]}{$best[$_ + 1]}" } 0 .. $#best - 1;
}

my %include_graph;
for my $file (keys %includes) {
    $include_graph{$file}{$_->[0]} //= "$file:$_->[1]: $_->[0]" for @{$includes{$file}};
}
for my $group (circles(\%include_graph)) {
    fault("a circle of includes: @$group");
    fault($_) for way_round(\%include_graph, $group);
}

# as the table names it: without the tree and the prefix of its files
sub short {
    my ($room) = @_;
    my $tree = $tree_of{$room};
    (my $name = substr $room, length($tree) + 1) =~ s{(^|/)\Q$prefix{$tree}\E(?=\w)}{$1};
    return $name;
}

my %below = map { my $from = $_; $from => { map { $_ => $calls{$from}{$_} }
    grep { $tree_of{$_} eq $tree_of{$from} } keys %{$calls{$from}} } } keys %calls;

my %knotted;    # tree => { short name => 1 }, those that are in a circle still
for my $group (circles(\%below)) {
    my $tree = $tree_of{$group->[0]};
    my @names = map { short($_) } @$group;
    $knotted{$tree}{$_} = 1 for @names;
    next if grep { my %allowed = map { $_ => 1 } @$_; !grep { !$allowed{$_} } @names }
        @{$knots{$tree} // []};
    fault("$tree/: a circle of calls: @names");
    fault($_) for way_round(\%below, $group);
}
for my $tree (sort keys %knots) {
    for my $name (map { @$_ } @{$knots{$tree}}) {
        fault("$table: $tree/$name is in no circle any more: take it out of its knot")
            unless $knotted{$tree}{$name};
    }
}


# ---- storeys

my %rooms = map { $_ => 1 } values %room_of;
my %level;      # room => its storey

for my $tree (sort keys %storeys) {
    my (%at, %used);
    for my $i (0 .. $#{$storeys{$tree}}) {
        for my $name (@{$storeys{$tree}[$i]}) {
            fault("$table: $tree/$name is there twice") if defined $at{$name};
            $at{$name} = $i;
        }
    }
    for my $room (grep { $tree_of{$_} eq $tree } sort keys %rooms) {
        my $name = short($room);
        my ($folder) = $name =~ m{^(.*/)};
        my ($entry) = grep { defined $_ && defined $at{$_} } $name, $folder;
        if (!defined $entry) {
            fault("$room stands in no storey of $table");
            next;
        }
        $used{$entry} = 1;
        $level{$room} = $at{$entry};
    }
    fault("$table: there is no $tree/$_") for grep { !$used{$_} } sort keys %at;
}

sub look {
    my ($from, $to, $what) = @_;
    my ($lower, $upper) = @tree_of{$from, $to};
    if (!$may{$lower}{$upper}) {
        fault("$what, which is in $upper/: not for $lower/");
    } elsif ($lower eq $upper && defined $level{$from} && defined $level{$to}
             && $level{$to} > $level{$from}) {
        fault("$what, which is upstairs (" . short($from) . " is on storey $level{$from}, "
              . short($to) . " on $level{$to})");
    }
}

for my $from (sort keys %calls) {
    look($from, $_, $calls{$from}{$_}) for sort keys %{$calls{$from}};
}
for my $file (sort keys %includes) {
    look($room_of{$file}, $room_of{$_->[0]}, "$file:$_->[1]: includes $_->[0]")
        for @{$includes{$file}};
}


# ---- to look at

if ($option) {
    my %needs;
    for my $room (grep { $tree_of{$_} eq $wanted } keys %rooms) {
        $needs{$room} = { map { $_ => 1 } keys %{$below{$room} // {}},
            grep { $_ ne $room && $tree_of{$_} eq $wanted } map { $room_of{$_->[0]} }
            map { @{$includes{$_} // []} } grep { $room_of{$_} eq $room } keys %room_of };
    }
    if ($option eq '--rooms') {
        print short($_), ': ', join(' ', map { short($_) } sort keys %{$needs{$_}}), "\n"
            for sort keys %needs;
        exit;
    }
    my %same = map { my $g = $_; map { $_ => $g->[0] } @$g } circles(\%needs);
    my %storey;
    my $height;
    $height = sub {
        my ($one) = @_;
        return $storey{$one} if defined $storey{$one};
        my @group = $same{$one} ? grep { ($same{$_} // '') eq $same{$one} } keys %needs : $one;
        $storey{$_} = 0 for @group;
        my $most = 0;
        for my $to (map { keys %{$needs{$_}} } @group) {
            next if grep { $_ eq $to } @group;
            my $h = $height->($to) + 1;
            $most = $h if $h > $most;
        }
        $storey{$_} = $most for @group;
        return $most;
    };
    my @lines;
    push @{$lines[$height->($_)]}, short($_) for sort keys %needs;
    print "storey $wanted @$_\n" for @lines;
    print "# a circle: ", join(' ', map { short($_) } @$_), "\n" for circles(\%needs);
    exit;
}

exit $bad;
