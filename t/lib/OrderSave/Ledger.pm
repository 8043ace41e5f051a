package OrderSave::Ledger;

# What buyers were told, held against what became of their orders, at the end of
# a test in which things were killed. It stands outside of ordersave: the store's
# own orders and the mails that came.

use strict;
use warnings;

use Exporter 'import';
use List::Util qw(sum0);
use Test::More;

our @EXPORT = qw(balance);

# Prints the ledger line by line, each behind `name`, and checks it: whoever was
# told of an offer has it once, whoever was told of a cancel or passed is
# cancelled, no order that was taken is lost. {"SUBJECT ADDRESS" => mails}.
sub balance {
    my ($t, $name, $orders, $told) = @_;
    my (%ledger, %mail, @wrong);

    for my $o (@$orders) {
        my $id = $o->{order}{id};
        my $shop = $t->shop($o);
        my $fees = grep { $_->{name} eq 'Discount' } @{$shop->{fee_lines}};
        my $how = $told->{$id} // 'nobody asked';

        $ledger{"told $how, at the store: $shop->{status}, discounts $fees"}++;
        push @wrong, "$id: told $how, $shop->{status}, $fees"
            if $fees > 1 || $how eq 'never'
            || ($how eq 'accepted' && $fees != 1
                && $t->decision($o)->{applied} ne 'task')
            || ($how =~ /cancelled|passed/ && $shop->{status} ne 'cancelled');
    }

    my $known = grep { $t->record($_) } @$orders;

    $mail{"$_->{subject} $_->{to}[0]"}++ for $t->mails(0);
    note "$name: ledger: $_: $ledger{$_}" for sort keys %ledger;
    note "$name: ledger: orders told by webhook: ${\scalar @$orders}, known: $known";
    note "$name: ledger: mails " . sum0(values %mail);
    is_deeply \@wrong, [], "$name: what was told is what is";
    is $known, scalar @$orders, "$name: no order that was taken is lost";

    return \%mail;
}

1;
