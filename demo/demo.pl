#!/usr/bin/env perl

# The demo. Without --check: a page that shows in a minute what this is. With
# it: the story, played without a person.

use strict;
use warnings;
use v5.30;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../t/lib";

use Getopt::Long qw(GetOptions);

GetOptions('check' => \my $check, 'port=i' => \(my $port = 8400), 'help' => \my $help)
    or exit 2;

if ($help) {
    print "usage: ./build.sh demo [--check] [--port N]\n";
    exit 0;
}

if ($check) {
    require Demo::Story;
    exit Demo::Story::play();
}

require Demo::Show;
exit Demo::Show::run($port);
